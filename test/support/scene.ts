import { expect } from 'vitest';
import type { Client } from '../../simulators/halopsa/clients.ts';
import type { Licence } from '../../simulators/halopsa/licences.ts';
import type { Link } from '../../simulators/halopsa/links.ts';
import type { Site } from '../../simulators/halopsa/sites.ts';
import type { Connected, Stack } from './stack.ts';
import type { OptionsOf } from './systems.ts';

type Kind = 'customers' | 'subscriptions';
// biome-ignore lint/suspicious/noExplicitAny: each test knows the answer it asks for
type Any = any;

/**
 * A small ArrowSphere account and a HaloPSA of its own, told what to hold by each test: what a rule of an import says
 * is then read off what stands at Halo.
 */
export class Scene {
  private constructor(
    readonly stack: Stack,
    readonly source: Connected<'arrowsphere'>,
    readonly destination: Connected<'halopsa'>,
    readonly integration: string,
  ) {}

  static async open(
    stack: Stack,
    {
      arrow,
      halo,
      options,
    }: { arrow?: OptionsOf<'arrowsphere'>; halo?: OptionsOf<'halopsa'>; options?: object } = {},
  ): Promise<Scene> {
    const source = await stack.connect('arrowsphere', { customers: 3, subscriptions: 0, ...arrow });
    const destination = await stack.connect('halopsa', { clients: 'none', ...halo });
    const integration = await stack.integrate(source, destination, { createClients: true, ...options });
    return new Scene(stack, source, destination, integration);
  }

  /** With its customers imported: each is a client of the same name. */
  static async withClients(stack: Stack, options?: Parameters<typeof Scene.open>[1]): Promise<Scene> {
    const scene = await Scene.open(stack, options);
    expect(await scene.run('customers')).toMatchObject({ problem: null, counts: { failed: 0 } });
    return scene;
  }

  // --- The outside ---------------------------------------------------------------------------------------------

  arrow = (name: string, body: object = {}) => control(this.source.simulator.url, name, body);
  halo = (name: string, body: object = {}) => control(this.destination.simulator.url, name, body);

  /** The distributor's customers but for its own company, in order. */
  get customers() {
    const { customers, reference } = this.source.simulator.state;
    return customers.filter(({ ref }) => ref !== reference);
  }
  /** Adds a licence at the distributor, of its first customer unless named; returns its reference. */
  async licence(body: { customer?: string; seats?: number; patch?: object; [key: string]: unknown } = {}) {
    const { ref } = await this.arrow('addLicense', { customer: this.customers[0]!.ref, seats: 5, ...body });
    return ref as string;
  }

  get clients(): Client[] {
    const { clients, internalClientId } = this.destination.simulator.state;
    return [...clients.rows.values()].filter(({ id }) => id !== internalClientId);
  }
  get licences(): Licence[] {
    return [...this.destination.simulator.state.licences.rows.values()];
  }
  get links(): Link[] {
    return [...this.destination.simulator.state.links.rows.values()];
  }
  site(client: Client): Site {
    return this.destination.simulator.state.sites.rows.get(client.main_site_id)!;
  }
  /** The rows at Halo that carry this distributor's id, and the one where only one may. */
  rowsOf(ref: string): Licence[] {
    const ids = this.links.filter((l) => l.table_id === 1 && l.third_party_id === ref).map((l) => l.halo_id);
    return this.licences.filter(({ id }) => ids.includes(id));
  }
  rowOf(ref: string): Licence {
    const rows = this.rowsOf(ref);
    expect(rows, `${ref} at Halo`).toHaveLength(1);
    return rows[0]!;
  }
  clientOf(customer: string): Client {
    const ids = this.links
      .filter((l) => l.table_id === 2 && l.third_party_id === customer)
      .map((l) => l.halo_id);
    const found = this.clients.filter(({ id }) => ids.includes(id));
    expect(found, `${customer} at Halo`).toHaveLength(1);
    return found[0]!;
  }
  /** A person edits a licence in Halo's own pages. */
  edit = (ref: string, patch: object) => this.halo('setLicence', { id: this.rowOf(ref).id, patch });

  /** Everything that stands at Halo, to be compared. */
  dump() {
    const { clients, licences, links, sites } = this.destination.simulator.state;
    return structuredClone([clients, licences, links, sites].map(({ rows }) => [...rows.values()]));
  }
  get writes(): number {
    return this.destination.simulator.state.writes;
  }
  /** Requests to Halo that would change something. */
  get changes() {
    return this.destination.simulator.requests.filter(
      ({ method, path }) => method !== 'GET' && path.startsWith('/api/'),
    );
  }

  // --- Imports -------------------------------------------------------------------------------------------------

  run(kind: Kind, request: { mode?: 'apply' | 'preview'; customerIds?: string[] } = {}): Promise<Any> {
    return this.stack.importAndWait(this.integration, { kind, ...request });
  }
  /** Begins one and does not wait. */
  begin(kind: Kind, request: object = {}): Promise<Any> {
    const path = `/v1/integrations/${this.integration}/imports`;
    return this.stack.expect(202, 'POST', path, { kind, mode: 'apply', ...request });
  }
  async apply(previewId: string, itemIds?: string[]): Promise<Any> {
    const started = await this.stack.expect(202, 'POST', `/v1/imports/${previewId}/apply`, { itemIds });
    return this.stack.importEnds(started.id);
  }
  async items(importId: string): Promise<Any[]> {
    return (await this.stack.expect(200, 'GET', `/v1/imports/${importId}/items?limit=200`)).items;
  }
  async item(importId: string, externalId: string): Promise<Any> {
    return (await this.items(importId)).find((item) => item.externalId === externalId);
  }

  // --- Findings and mappings -----------------------------------------------------------------------------------

  async findings(kind?: string, state = 'open'): Promise<Any[]> {
    const query = `integrationId=${this.integration}&state=${state}${kind ? `&kind=${kind}` : ''}&limit=200`;
    return (await this.stack.expect(200, 'GET', `/v1/findings?${query}`)).items;
  }
  /** The one open finding of a kind. */
  async finding(kind: string): Promise<Any> {
    const found = await this.findings(kind);
    expect(found, `open findings of ${kind}`).toHaveLength(1);
    return found[0]!;
  }
  answer = (finding: { id: string }, body: object) =>
    this.stack.expect(200, 'POST', `/v1/findings/${finding.id}/resolve`, body);
  map = (customerId: string, body: object) =>
    this.stack.expect(200, 'PUT', `/v1/integrations/${this.integration}/mappings/${customerId}`, body);
  async mappings(): Promise<Any[]> {
    return (await this.stack.expect(200, 'GET', `/v1/integrations/${this.integration}/mappings?limit=200`))
      .items;
  }
  async mapping(customerId: string): Promise<Any> {
    return (await this.mappings()).find((mapping) => mapping.customerId === customerId);
  }
  generate = () =>
    this.stack.expect(200, 'POST', `/v1/integrations/${this.integration}/mappings/generate`, undefined);

  // --- Time ----------------------------------------------------------------------------------------------------

  /** What has been seen so far was seen this much earlier. */
  async earlier(minutes: number): Promise<void> {
    const by = `${minutes} minutes`;
    await this.stack
      .sql`update absences set since = since - ${by}::interval where connection_id = ${this.source.id}`;
    await this.stack
      .sql`update collections set started_at = started_at - ${by}::interval, finished_at = finished_at - ${by}::interval
      where connection_id = ${this.source.id}`;
  }
}

async function control(url: string, name: string, body: object): Promise<Any> {
  const response = await fetch(`${url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json()) as { error?: unknown } | null;
  if (!response.ok || answer?.error) throw new Error(`${name}: ${JSON.stringify(answer)}`);
  return answer;
}
