-- Numbers and chains an audit entry: each hash covers the one before it.
create or replace function audit_chain() returns trigger language plpgsql as $$
declare
  last record;
begin
  -- Held to the end of the transaction: nobody else's entry comes between.
  perform pg_advisory_xact_lock(7483202);
  select seq, hash into last from audit order by seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.at := clock_timestamp();
  new.hash := audit_hash(coalesce(last.hash, ''), new);
  return new;
end $$;
