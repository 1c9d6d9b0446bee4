-- What plans are made of, as functions, so that a plan is one set-wise statement.

-- Rounds half to even, as money is compared everywhere.
create function half_even(n numeric, places int) returns numeric
  language sql immutable strict parallel safe
  return case
    when abs(n * 10::numeric ^ places - trunc(n * 10::numeric ^ places)) = 0.5
      then 2 * round(n * 10::numeric ^ places / 2) / 10::numeric ^ places
    else round(n, places)
  end;
--> statement-breakpoint
-- A field's value as two sides compare it: money at 4 places, quantities without trailing zeros.
create function comparable(field text, value text) returns text
  language sql immutable parallel safe
  return case
    when value is null then null
    when field in ('unitCost', 'unitPrice') then trim_scale(half_even(value::numeric, 4))::text
    when field = 'quantity' then trim_scale(value::numeric)::text
    else value
  end;
--> statement-breakpoint
-- The keys of `wanted` whose value `current` does not have.
create function changed_fields(wanted jsonb, current jsonb) returns text[]
  language sql immutable parallel safe
  return (
    select coalesce(array_agg(w.key order by w.key), '{}')
    from jsonb_each_text(wanted) w
    where comparable(w.key, w.value) is distinct from comparable(w.key, current ->> w.key)
  );
--> statement-breakpoint
-- The named keys of an object.
create function only_fields(object jsonb, fields text[]) returns jsonb
  language sql immutable parallel safe
  return (
    select coalesce(jsonb_object_agg(f.key, object -> f.key), '{}')
    from unnest(fields) f(key)
    where object ? f.key
  );
--> statement-breakpoint
-- An instant as the clock of `zone` shows it; a date without a zone stays that date.
create function local_time(value text, zone text) returns text
  language sql stable strict parallel safe
  return case
    when length(value) > 10
      then to_char(value::timestamptz at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
    else value || 'T00:00:00'
  end;
--> statement-breakpoint
-- The licence a subscription should be at a destination. A key that is missing is not written: prices in another
-- currency than the destination's (`only_currency`), and what the distributor does not say.
create function licence_of(s subscriptions, distributor text, zone text, only_currency text) returns jsonb
  language sql stable parallel safe
  return (
    jsonb_strip_nulls(jsonb_build_object(
      'name', s.name || case when s.trial and s.name not ilike '%trial%' then ' (trial)' else '' end,
      'quantity', case when s.quantity is not null then trim_scale(s.quantity)::text when s.usage then '1' end,
      'status', case when s.status = 'unknown' then coalesce(s.status_text, 'unknown') else s.status end,
      'billingCycle', s.billing_cycle,
      'term', s.term,
      'autoRenew', s.auto_renew,
      'distributor', distributor,
      'sku', s.sku,
      'vendorSku', s.vendor_sku,
      'vendor', s.vendor,
      'tenantId', s.tenant_id,
      'customerId', s.customer_id,
      'active', true
    ))
    || case
      when (s.quantity is null and s.usage) or (only_currency is not null and s.currency is distinct from only_currency)
        then '{}'::jsonb
      else jsonb_strip_nulls(jsonb_build_object(
        'unitCost', trim_scale(s.unit_cost)::text,
        'unitPrice', trim_scale(s.unit_price)::text
      ))
    end
    || jsonb_build_object('startDate', local_time(s.start_date, zone), 'endDate', local_time(s.end_date, zone))
  );
