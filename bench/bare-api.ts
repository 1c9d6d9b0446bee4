import Fastify from 'fastify';
import { v7 as uuid } from 'uuid';
import { connect } from '../db/client.ts';
import { connectTemporal } from '../temporal/client.ts';

/** The least an API can be: a route, one statement, its rows as they come. No key, no schema, no rules. */
const sql = connect(process.env.DATABASE_URL!);
const temporal = await connectTemporal();
const app = Fastify();

app.get<{ Params: { id: string } }>('/import/:id', async ({ params }) => {
  const [row] = await sql`select * from imports where id = ${params.id}`;
  return row;
});

app.get<{ Querystring: { connection: string; customer?: string; id?: string; search?: string } }>(
  '/page',
  async ({ query }) => {
    const { connection, customer = '', id = '', search } = query;
    return await sql`
    select s.id, s.customer_id, c.name as customer_name, s.name, s.status, s.status_text, s.quantity, s.usage, s.trial, s.unit_cost,
      s.unit_price, s.currency, s.billing_cycle, s.term, s.start_date, s.end_date, s.renewal_date, s.auto_renew, s.vendor,
      s.sku, s.vendor_sku, s.tenant_id, s.valid_from
    from subscriptions s left join customers c on c.connection_id = s.connection_id and c.id = s.customer_id
    where s.connection_id = ${connection} ${search ? sql`and s.name ilike ${`%${search}%`}` : sql``}
      and (s.customer_id, s.id) > (${customer}, ${id})
    order by s.customer_id, s.id limit 50`;
  },
);

app.post<{ Params: { integration: string } }>('/import/:integration', async ({ params }, reply) => {
  const id = uuid();
  await sql`insert into imports (id, integration_id, kind, mode, trigger, state, progress, counts)
    values (${id}, ${params.integration}, 'customers', 'apply', 'manual', 'running', '{}', '{}')`;
  await temporal.workflow.start('nobody', {
    workflowId: `bench/${id}`,
    taskQueue: 'bench-nobody',
    args: [{ id }],
  });
  return reply.code(202).send({ id });
});

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
console.log(JSON.stringify({ listening: true }));
process.once('SIGTERM', () => process.exit(0));
