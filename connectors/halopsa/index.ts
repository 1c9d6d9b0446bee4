import type { PushDestination } from '../contract.ts';
import { definition, type HaloCredentials, type HaloSettings } from './definition.ts';
import {
  agents,
  client,
  clients,
  clientsNamed,
  licence,
  licences,
  licencesListed,
  licencesOf,
  links,
  linksOf,
  newestLicences,
  topLevels,
} from './reading.ts';
import { identity, systemsCheck } from './systems-check.ts';
import { createTicket, ticketOf } from './tickets.ts';
import { exchange } from './token.ts';
import {
  createClient,
  createLicences,
  deactivateClient,
  updateLicences,
  updateSiteAddress,
} from './writing.ts';

export const halopsa: PushDestination<HaloSettings, HaloCredentials> = {
  definition,
  test: systemsCheck,
  identity,
  exchange,
  batchSize: (settings) => settings.batchSize,
  clients,
  licences,
  links,
  topLevels,
  agents,
  createClient,
  createLicences,
  updateLicences,
  updateSiteAddress,
  deactivateClient,
  client,
  licence,
  linksOf,
  clientsNamed,
  licencesOf,
  licencesListed,
  newestLicences,
  createTicket,
  ticketOf,
};
