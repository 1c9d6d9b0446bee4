import type { SimRequest, SimResponse } from '../harness.ts';
import { badValue, body, type CustomerHandler, empty, type Handler, ok, problem } from './answers.ts';
import { snakePagination, takePage } from './listing.ts';
import { overlay } from './overlay.ts';
import {
  type ArrowSphereState,
  addCustomer,
  type Customer,
  findCustomer,
  type Patch,
  second,
} from './state.ts';

type State = ArrowSphereState;

export function listCustomers(state: State, { query }: SimRequest): SimResponse {
  const page = takePage(state, 'customers', '/customers', state.customers, query, true);
  const customers = page.items.map((customer) => customerRecord(state, customer));
  return { status: 200, body: { status: 200, data: { customers }, pagination: snakePagination(page) } };
}

export function createCustomer(state: State, req: SimRequest): SimResponse {
  const fields = writable(body(req)!);
  const wrong = required.find((name) => typeof fields[name] !== 'string' || !fields[name]);
  if (wrong) return badValue(wrong);
  if (referenceTaken(state, fields)) return badValue('InternalReference');
  const { ref } = addCustomer(state, fields);
  return { status: 201, body: { status: 201, data: { reference: ref } } };
}

export const updateCustomer: CustomerHandler = (state, req, customer) => {
  const fields = writable(body(req)!);
  const wrong = required.find(
    (name) => name in fields && (typeof fields[name] !== 'string' || !fields[name]),
  );
  if (wrong) return badValue(wrong);
  if (referenceTaken(state, fields, customer)) return badValue('InternalReference');
  customer.patch = { ...customer.patch, ...fields };
  return customerAnswer(state, customer);
};

export const deleteCustomer: CustomerHandler = (_, __, customer) => {
  customer.deletedAt ??= second(Date.now());
  return empty(204);
};

export const reactivateCustomer: CustomerHandler = (_, __, customer) => {
  customer.deletedAt = null;
  return empty(204);
};

/** One customer still comes as an array. */
export const customerAnswer = (state: State, customer: Customer): SimResponse =>
  ok({ customers: [customerRecord(state, customer)] });

export function onCustomer(act: CustomerHandler): Handler {
  return (state, req, ref) => {
    const customer = findCustomer(state, ref);
    return customer ? act(state, req, customer) : problem(404, `Customer ${ref} not found`, 'NOT_FOUND');
  };
}

const required = ['CompanyName', 'AddressLine1', 'Zip', 'City', 'CountryCode', 'ReceptionPhone'];

function writable({ Reference: _, DeletedAt: __, CreatedAt: ___, ...fields }: Patch): Patch {
  return fields;
}

/** `InternalReference` is unique unless empty. */
const referenceTaken = (state: State, { InternalReference }: Patch, self?: Customer): boolean =>
  Boolean(InternalReference) &&
  state.customers.some((one) => one !== self && one.patch?.InternalReference === InternalReference);

/** The customers dialect: PascalCase, and a few keys that differ from record to record as they do in the wild. */
function customerRecord(state: ArrowSphereState, customer: Customer): Record<string, unknown> {
  const { company, index } = customer;
  const { address, contact } = company;
  const unit = { OrganizationUnitRef: `XSPOU${1000 + (index % 5)}`, Name: `Unit ${1 + (index % 5)}` };
  const record: Record<string, unknown> = {
    Reference: customer.ref,
    CompanyName: company.name,
    PartnerCompanyId: '',
    AddressLine1: address.street,
    AddressLine2: '',
    Zip: address.postcode,
    City: address.city,
    CountryCode: address.country,
    State: address.state,
    ReceptionPhone: contact.phone,
    WebsiteUrl: company.domain && `https://${company.domain}`,
    EmailContact: contact.email,
    Headcount: index % 3 === 1 ? null : 5 + ((index * 13) % 400),
    TaxNumber: '',
    Ref: `COMPANY${customer.ref.slice(3)}`,
    RegistrationNumber: '',
    BillingId: index % 3 === 0 ? 70_000 + index : String(70_000 + index),
    ...{ BillingAddress1: '', BillingAddress2: '', BillingCity: '', BillingState: '', BillingZipCode: '' },
    BillingCountryCode: '',
    InternalReference: '',
    Type: 'MSP',
    Contact: {
      FirstName: contact.first,
      LastName: contact.last,
      Email: contact.email,
      Phone: contact.phone,
      SyncPartnerContactRefId: 184_000 + index,
    },
    Details: details(customer),
    [index % 4 < 2 ? 'OrganizationUnit' : 'OrganisationUnit']: unit,
    Reseller: { Ref: state.reference, CompanyName: state.companyName },
    CreatedAt: customer.createdAt,
    DeletedAt: customer.deletedAt,
    PoNumberMandatory: false,
    PartnerTags: [],
    extraInformation: { programs: {} },
    customFields: [],
  };
  const whole = overlay(record, customer.patch);
  if (customer.broken === 'unreadable')
    return { Reference: whole.Reference, CompanyName: 42, Contact: 'none' };
  if (customer.broken === 'noid') delete whole.Reference;
  if (customer.broken === 'noname') delete whole.CompanyName;
  return whole;
}

function details({ company, index }: Customer): unknown {
  if (!company.tenantId || index % 5 === 4) return []; // PHP's way of writing an empty object
  return {
    Migration: false,
    DomainName: `${company.domain.replace(/\W/g, '')}.onmicrosoft.com`,
    [index % 2 ? 'TenantID' : 'TenantId']: company.tenantId,
    ...{ OracleOnlineKey: '', IBMCeId: '', Maas360ResellerId: '' },
  };
}
