/**
 * The companies and products every simulator draws from: one seed gives one world, so that an ArrowSphere and a
 * HaloPSA started with the same seed know the same companies. No record here belongs to anyone.
 */
export interface Company {
  /** 0-based place in the world; simulators derive their own ids from it. */
  index: number;
  name: string;
  domain: string;
  /** Microsoft tenant id, a GUID. */
  tenantId: string;
  contact: { first: string; last: string; email: string; phone: string };
  address: { street: string; city: string; state: string; postcode: string; country: string };
}

export interface Product {
  name: string;
  vendor: string;
  /** Vendor part number, e.g. `CFQ7TTC0LCHC:0002`. */
  sku: string;
  /** Reseller's cost a seat a month, decimal string. */
  cost: string;
  /** Suggested price a seat a month, decimal string. */
  price: string;
}

export interface Holding {
  company: Company;
  product: Product;
  /** 0-based over the whole world. */
  index: number;
  quantity: number;
  cycle: 'monthly' | 'annual';
  term: 'P1M' | 'P1Y' | 'P3Y';
  state: 'active' | 'suspended' | 'cancelled';
  trial: boolean;
  /** Whole days before 2026-11-01 on which it started. */
  startedDaysAgo: number;
}

export interface World {
  companies: Company[];
  holdings: Holding[];
}

/** A small deterministic generator (mulberry32): the same seed gives the same world on every machine. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const pick = <T>(next: () => number, list: readonly T[]): T => list[Math.floor(next() * list.length)]!;

export function guid(next: () => number): string {
  const hex = () => Math.floor(next() * 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, hex);
}

export function createWorld(
  options: { seed?: number; customers?: number; subscriptions?: number } = {},
): World {
  const { seed = 1, customers = 300, subscriptions = 3000 } = options;
  const next = random(seed);
  const companies = Array.from({ length: customers }, (_, index) => company(next, index));
  const holdings = Array.from({ length: subscriptions }, (_, index): Holding => {
    const term = pick(next, ['P1M', 'P1Y', 'P1Y', 'P1Y', 'P3Y'] as const);
    const roll = next();
    return {
      index,
      company: companies[index < customers ? index : Math.floor(next() * customers)]!,
      product: pick(next, products),
      quantity: 1 + Math.floor(next() ** 3 * 250),
      term,
      cycle: term !== 'P1M' && next() < 0.3 ? 'annual' : 'monthly',
      state: roll < 0.93 ? 'active' : roll < 0.96 ? 'suspended' : 'cancelled',
      trial: next() < 0.02,
      startedDaysAgo: Math.floor(next() * 700),
    };
  });
  return { companies, holdings };
}

function company(next: () => number, index: number): Company {
  // Words are mixed by place, so names stay distinct up to their product and then carry a number.
  const stem = `${stems[index % stems.length]} ${trades[Math.floor(index / stems.length) % trades.length]}`;
  const round = Math.floor(index / (stems.length * trades.length));
  const place = pick(next, places);
  const name = `${stem}${round ? ` ${round + 1}` : ''} ${place.forms[index % place.forms.length]}`;
  const domain = `${stem
    .normalize('NFD')
    .replace(/[^a-zA-Z ]/g, '')
    .toLowerCase()
    .trim()
    .replace(/ +/g, '-')}${round || ''}.example`;
  const first = pick(next, firstNames);
  const last = pick(next, lastNames);
  return {
    index,
    name,
    domain,
    tenantId: guid(next),
    contact: {
      first,
      last,
      email: `${first}.${last}@${domain}`.toLowerCase(),
      phone: `555 01${10 + Math.floor(next() * 90)}`,
    },
    address: {
      street: `${1 + Math.floor(next() * 180)} ${pick(next, streets)}`,
      city: place.city,
      state: place.state,
      postcode: place.postcode,
      country: place.country,
    },
  };
}

const places = [
  {
    city: 'Leeds',
    state: 'West Yorkshire',
    postcode: 'LS1 4AP',
    country: 'GB',
    forms: ['Ltd', 'Limited', 'LLP'],
  },
  { city: 'Bristol', state: 'Bristol', postcode: 'BS1 5TR', country: 'GB', forms: ['Ltd', 'plc'] },
  { city: 'Malmö', state: 'Skåne', postcode: '211 20', country: 'SE', forms: ['AB'] },
  { city: 'Köln', state: 'NRW', postcode: '50667', country: 'DE', forms: ['GmbH', 'GmbH & Co. KG'] },
  { city: 'Lyon', state: 'Rhône', postcode: '69002', country: 'FR', forms: ['SARL', 'SAS'] },
  { city: 'Denver', state: 'CO', postcode: '80202', country: 'US', forms: ['Inc.', 'LLC'] },
  { city: 'Utrecht', state: 'Utrecht', postcode: '3511', country: 'NL', forms: ['B.V.'] },
] as const;

const stems = [
  'Ardent',
  'Beacon',
  'Bluebell',
  'Brightwater',
  'Cedar',
  'Copperfield',
  'Dunmore',
  'Eastgate',
  'Élan',
  'Fairhaven',
  'Falcon',
  'Granite',
  'Greystone',
  'Harbour',
  'Hazelwood',
  'Ivy Lane',
  'Juniper',
  'Kestrel',
  'Larkspur',
  'Lindqvist',
  'Meridian',
  'Millbrook',
  'Nordström',
  'Northgate',
  'Oakridge',
  'Orchard',
  'Pinnacle',
  'Quarry',
  'Ravensworth',
  'Redwood',
  'Saltmarsh',
  'Silverdale',
  'Stonebridge',
  'Summerhill',
  'Thornbury',
  'Umber',
  'Vantage',
  'Westbrook',
  'Willow',
  'Zephyr',
] as const;
const trades = [
  'Accountants',
  'Architects',
  'Bakery',
  'Builders',
  'Catering',
  'Clinic',
  'Dental Care',
  'Engineering',
  'Estates',
  'Foods',
  'Freight',
  'Gardens',
  'Hotels',
  'Insurance',
  'Joinery',
  'Law',
  'Logistics',
  'Motors',
  'Opticians',
  'Pharmacy',
  'Plumbing',
  'Printing',
  'Recruitment',
  'Retail',
  'School',
  'Solar',
  'Textiles',
  'Travel',
  'Veterinary',
  'Wines',
] as const;
const streets = [
  'High Street',
  'Station Road',
  'Mill Lane',
  'Church Road',
  'Victoria Street',
  'Queensway',
  'Dock Road',
] as const;
const firstNames = [
  'Ada',
  'Bo',
  'Chidi',
  'Dana',
  'Elif',
  'Femi',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Kaia',
  'Liam',
  'Mira',
  'Noor',
] as const;
const lastNames = [
  'Adeyemi',
  'Berg',
  'Carver',
  'Dumont',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Holt',
  'Iversen',
  'Jansen',
  'Kaya',
  'Lowe',
] as const;

const products: readonly Product[] = [
  {
    name: 'Microsoft 365 Business Basic',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LH18:0001',
    cost: '4.92',
    price: '6.00',
  },
  {
    name: 'Microsoft 365 Business Standard',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LDPB:0001',
    cost: '10.25',
    price: '12.50',
  },
  {
    name: 'Microsoft 365 Business Premium',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LCHC:0002',
    cost: '18.04',
    price: '22.00',
  },
  {
    name: 'Microsoft 365 Apps for business',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LH1G:0001',
    cost: '6.77',
    price: '8.25',
  },
  { name: 'Microsoft 365 E3', vendor: 'Microsoft', sku: 'CFQ7TTC0LFLX:0001', cost: '29.52', price: '36.00' },
  { name: 'Microsoft 365 E5', vendor: 'Microsoft', sku: 'CFQ7TTC0LFLZ:0002', cost: '46.74', price: '57.00' },
  {
    name: 'Exchange Online (Plan 1)',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LH16:0001',
    cost: '3.28',
    price: '4.00',
  },
  {
    name: 'Exchange Online Archiving',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LH0J:0001',
    cost: '2.46',
    price: '3.00',
  },
  {
    name: 'Microsoft Defender for Business',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LN6C:0001',
    cost: '2.46',
    price: '3.00',
  },
  { name: 'Power BI Pro', vendor: 'Microsoft', sku: 'CFQ7TTC0H9MP:0001', cost: '8.20', price: '10.00' },
  { name: 'Visio Plan 2', vendor: 'Microsoft', sku: 'CFQ7TTC0HD32:0002', cost: '12.30', price: '15.00' },
  {
    name: 'Microsoft Entra ID P1',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LFLS:0002',
    cost: '4.92',
    price: '6.00',
  },
  {
    name: 'Teams Phone Standard',
    vendor: 'Microsoft',
    sku: 'CFQ7TTC0LH0Z:0001',
    cost: '6.56',
    price: '8.00',
  },
  {
    name: 'Acronis Cyber Protect Cloud',
    vendor: 'Acronis',
    sku: 'ACR-CPC-WS',
    cost: '3.1125',
    price: '4.50',
  },
  { name: 'Bitdefender GravityZone', vendor: 'Bitdefender', sku: 'BDF-GZ-BS', cost: '1.8333', price: '2.75' },
  { name: 'Dropbox Business Advanced', vendor: 'Dropbox', sku: 'DBX-ADV', cost: '16.40', price: '20.00' },
];
