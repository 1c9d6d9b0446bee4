// Run by startInAnotherProcess: starts one thing in a home, says so, and waits to be killed.
import { checkoutCache, lockHome } from '../../embedded/home.ts';
import { startPostgres } from '../../embedded/postgres/postgres.ts';
import { startTemporal } from '../../embedded/temporal/temporal.ts';

const [home = '', what] = process.argv.slice(2);
await lockHome(home);
const started =
  what === 'postgres'
    ? await startPostgres({ home, fsync: false })
    : what === 'temporal'
      ? await startTemporal({ home, cacheDir: checkoutCache() })
      : { pid: process.pid };
console.log(JSON.stringify(started));
// Ends with its parent too, however that ends.
process.stdin.resume().on('end', () => process.exit());
