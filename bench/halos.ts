import { parseArgs } from 'node:util';
import { startHaloPsa } from '../simulators/halopsa/server.ts';

/** Empty HaloPSA tenants, as many as asked for, in one process of their own. */
const { values } = parseArgs({ options: { count: { type: 'string', default: '1' } } });
const options = { clients: 'none', customers: 0, callsPerFiveMinutes: 10_000_000 } as const;
const simulators = [];
for (let i = 0; i < Number(values.count); i++)
  simulators.push(await startHaloPsa({ ...options, tenant: `t${i}`, dbid: 5000 + i }));
console.log(JSON.stringify({ urls: simulators.map(({ url }) => url) }));
process.once('SIGTERM', () => process.exit(0));
