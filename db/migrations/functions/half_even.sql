-- Rounds half to even, as money is compared everywhere.
create or replace function half_even(n numeric, places int) returns numeric
  language sql immutable strict parallel safe
  return case
    when abs(n * 10::numeric ^ places - trunc(n * 10::numeric ^ places)) = 0.5
      then 2 * round(n * 10::numeric ^ places / 2) / 10::numeric ^ places
    else round(n, places)
  end;
