-- A legal form spelled apart (`sp. z o.o.`, `S. A.`) is set aside too: the next listing writes such rows again.
UPDATE "customers" SET "hash" = '' WHERE "match_key" ~ '( [a-z]{1,3}){2,}$';
--> statement-breakpoint
UPDATE "clients" SET "hash" = '' WHERE "match_key" ~ '( [a-z]{1,3}){2,}$';
