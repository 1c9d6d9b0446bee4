-- An instant as the clock of `zone` shows it; a date without a zone stays that date. Not strict, so that it is written
-- out where it is called, which takes half the time; of null it is null all the same.
create or replace function local_time(value text, zone text) returns text
  language sql stable parallel safe
  return case
    when length(value) > 10
      then to_char(value::timestamptz at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
    else value || 'T00:00:00'
  end;
