-- Not strict, so that it is written out where it is called: half the time. Nothing of nothing it is all the same.
create or replace function local_time(value text, zone text) returns text
  language sql stable parallel safe
  return case
    when length(value) > 10
      then to_char(value::timestamptz at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
    else value || 'T00:00:00'
  end;
--> statement-breakpoint
-- As before, built as one object and not as three that are joined.
create or replace function licence_of(s subscriptions, distributor text, zone text, only_currency text) returns jsonb
  language sql stable parallel safe
  return (
    jsonb_strip_nulls(jsonb_build_object(
      'name', s.name || case when s.trial and s.name not ilike '%trial%' then ' (trial)' else '' end,
      'quantity', case when s.quantity is not null then trim_scale(s.quantity)::text when s.usage then '1' end,
      'unitCost', case when (s.quantity is not null or not s.usage) and (only_currency is null or s.currency = only_currency)
        then trim_scale(s.unit_cost)::text end,
      'unitPrice', case when (s.quantity is not null or not s.usage) and (only_currency is null or s.currency = only_currency)
        then trim_scale(s.unit_price)::text end,
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
    || jsonb_build_object('startDate', local_time(s.start_date, zone), 'endDate', local_time(s.end_date, zone))
  );
