import type { Address } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import type { Licence } from '../../domain/licence.ts';
import type { LicenceChange, NewClient, NewLicence, Written } from '../contract.ts';
import { type HaloContext, post, postBlind, readOne } from './client.ts';
import type { Resource } from './errors.ts';
import { addressToHalo, licenceChange, newClient, newLicence } from './payloads.ts';
import { haloId } from './values.ts';
import { type MarkedClient, type Reader, readClient, readLicence, readSite } from './wire.ts';

/**
 * Nothing is ever deleted here. Unreadable rows of an answer are left out, so that the caller, who knows what it sent,
 * notices the difference and reads back.
 */
const returned = <Row extends { unreadable: string[] }>(rows: unknown[], reader: Reader<Row>): Written<Row> =>
  rows.flatMap((row) => {
    const read = reader(row);
    return read === null || read.unreadable.length > 0 ? [] : [read];
  });

export const createClient = async (context: HaloContext, client: NewClient): Promise<Written<MarkedClient>> =>
  returned(await post(context, 'Client', [newClient(client)]), readClient);

export async function createLicences(
  context: HaloContext,
  licences: NewLicence[],
): Promise<Written<Licence>> {
  if (licences.length === 0) return [];
  return returned(await post(context, 'SoftwareLicence', licences.map(newLicence)), readLicence);
}

export async function updateLicences(
  context: HaloContext,
  changes: LicenceChange[],
): Promise<Written<Licence>> {
  if (changes.length === 0) return [];
  return returned(await post(context, 'SoftwareLicence', changes.map(licenceChange)), readLicence);
}

export async function deactivateClient(context: HaloContext, id: string): Promise<void> {
  await postBlind(context, 'Client', { id: haloId(id), inactive: true });
}

const gone = (resource: Resource, id: string) =>
  new Failure('not-found', `${resource} ${id} no longer exists in HaloPSA.`, {
    remedy: 'Import again; records deleted in HaloPSA are then reported.',
  });

/**
 * It is unknown whether Halo merges or replaces an address, so all of it is sent, with its id. The country is a field
 * of the site. An unchanged address is not written.
 */
export async function updateSiteAddress(
  context: HaloContext,
  { clientId, siteId, address }: { clientId: string; siteId: string; address: Address },
): Promise<void> {
  const row = await readOne(context, 'Site', siteId);
  if (row === null) throw gone('Site', siteId);
  const site = readSite(row);
  if (site === null) throw new Failure('bad-answer', `HaloPSA's site ${siteId} cannot be read.`);
  if (site.clientId !== null && site.clientId !== clientId) {
    throw new Failure('invalid', `Site ${siteId} belongs to another client in HaloPSA now.`, {
      remedy: 'Import the customers again.',
    });
  }
  const lines = addressToHalo(address);
  const country = address.country && address.country !== site.country ? address.country : null;
  const same = Object.entries(lines).every(([name, line]) => site.line(name) === line);
  if (same && !country) return;
  await postBlind(context, 'Site', {
    id: haloId(siteId),
    client_id: haloId(clientId),
    ...(address.country && { country_code: address.country }),
    delivery_address: { ...(site.addressId && { id: haloId(site.addressId) }), ...lines },
  });
}
