/**
 * A naive plan of customers, written apart from the statement: docs/design.md ("Customers") as loops over plain objects.
 */
export interface Customer {
  id: string;
  /** Names of one company have one `company`, however they are spelled. */
  name: string;
  company: string;
  status: string;
  own: boolean;
  shown: boolean;
  address: string | null;
  unreadable: string[];
  /** `create`: a person decided to create it whatever its name. */
  mapped: string | 'create' | null;
  /** This integration made its client, with this address. */
  made: { address: string | null } | null;
  dismissed: string[] | 'all' | null;
  doubtful: boolean;
}

export interface Client {
  id: string;
  name: string;
  company: string;
  inactive: boolean;
  unreadable: boolean;
  mainSite: boolean;
  /** The customer whose id it carries. */
  link: string | null;
}

export interface CustomerWorld {
  createClients: boolean;
  updateMainSiteAddress: boolean;
  chosen: string[] | null;
  customers: Customer[];
  clients: Client[];
}

export interface CustomerItem {
  rule: string;
  action: string;
  outcome: string;
  clientId: string | null;
  /** What is written of it: the address, the client it is mapped to, or a new client. */
  after: { address: string | null } | { clientId: string } | { name: string; address: string | null } | null;
}

/** That it shall have no client, or that it has one already. */
const isDismissed = ({ dismissed }: Customer) =>
  dismissed === 'all' || ['customer-held', 'ambiguous-write'].some((kind) => dismissed?.includes(kind));

export function planOf(world: CustomerWorld): { items: Record<string, CustomerItem>; unchanged: number } {
  const items: Record<string, CustomerItem> = {};
  let unchanged = 0;
  const young = (a: { id: string }, b: { id: string }) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
  const considered = world.customers
    .filter(({ id, shown }) => shown && (world.chosen === null || world.chosen.includes(id)))
    .sort(young);
  const isMapped = (client: Client) => world.customers.some(({ mapped }) => mapped === client.id);
  const created = new Set<string>();
  const candidates: Customer[] = [];

  for (const customer of considered) {
    const put = (rule: string, action: string, outcome: string, clientId: string | null = null, after: CustomerItem['after'] = null) => {
      items[customer.id] = { rule, action, outcome, clientId, after };
    }; // biome-ignore format: one signature
    const { id, mapped } = customer;
    if (mapped !== null && mapped !== 'create') {
      const client = world.clients.find((one) => one.id === mapped);
      if (!client) put('client_missing', 'update', 'held', mapped);
      else if (client.inactive) put('client_inactive', 'update', 'held', mapped);
      else if (
        world.updateMainSiteAddress && customer.made && client.mainSite && customer.address !== null &&
        !customer.unreadable.includes('address') && customer.made.address !== customer.address
      )
        put('address_changed', 'update', 'planned', mapped, { address: customer.address });
      else unchanged++;
      continue;
    } // biome-ignore format: one condition
    const linked = world.clients
      .filter(({ link }) => link === id)
      .sort((a, b) => Number(a.inactive) - Number(b.inactive) || young(a, b))[0];
    const here = linked?.id ?? null;
    const usual = linked ? 'update' : 'create';
    if (customer.own) put('own_company', usual, 'skipped', here);
    else if (customer.status === 'closed') put('closed', usual, 'skipped', here);
    else if (linked?.inactive) put('client_inactive', 'update', 'held', here);
    else if (linked && !isMapped(linked))
      put('known_by_id', 'update', 'planned', here, { clientId: linked.id });
    else if (mapped === 'create') {
      put('create_decided', 'create', 'planned', here, { name: customer.name, address: customer.address });
      created.add(customer.company);
    } else if (isDismissed(customer)) put('dismissed', usual, 'skipped', here);
    else if (!world.createClients) put('create_clients_off', usual, 'skipped', here);
    else if (customer.doubtful) put('ambiguous_write', usual, 'held', here);
    else if (world.clients.some(({ company, unreadable }) => company === customer.company && !unreadable))
      put('like_name', usual, 'held', here);
    else if (world.clients.some((client) => client.unreadable && !isMapped(client)))
      put('client_unreadable', usual, 'held', here);
    else candidates.push(customer);
  }
  for (const { id, name, company, address } of candidates) {
    const linked = world.clients.find(({ link }) => link === id)?.id ?? null;
    items[id] = created.has(company)
      ? {
          rule: 'like_name',
          action: linked ? 'update' : 'create',
          outcome: 'held',
          clientId: linked,
          after: null,
        }
      : {
          rule: 'new_customer',
          action: 'create',
          outcome: 'planned',
          clientId: linked,
          after: { name, address },
        };
    created.add(company);
  }
  return { items, unchanged };
}
