-- A field's value as two sides compare it: money at 4 places, quantities without trailing zeros.
create or replace function comparable(field text, value text) returns text
  language sql immutable parallel safe
  return case
    when value is null then null
    when field in ('unitCost', 'unitPrice') then trim_scale(half_even(value::numeric, 4))::text
    when field = 'quantity' then trim_scale(value::numeric)::text
    else value
  end;
