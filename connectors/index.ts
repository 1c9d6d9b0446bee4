import { arrowsphere } from './arrowsphere/index.ts';
import type { Connector, Distributor, DistributorKind, Kind, PushDestination } from './contract.ts';
import { halopsa } from './halopsa/index.ts';
import { streamoneIon } from './streamone-ion/index.ts';
import { streamoneStellr } from './streamone-stellr/index.ts';

/** Every connector that calls an outside system. Add a new one here and in `definitions.ts`. */
export const distributors: Record<DistributorKind, Distributor> = {
  arrowsphere,
  'streamone-ion': streamoneIon,
  'streamone-stellr': streamoneStellr,
};

export const pushDestinations: Partial<Record<Kind, PushDestination>> = { halopsa };

export function connectorOf(kind: Kind): Connector {
  return known<Connector>(distributors[kind as DistributorKind] ?? pushDestinations[kind], kind);
}

function known<T>(connector: T | undefined, kind: Kind): T {
  if (!connector) throw new Error(`There is no connector of the kind ${kind}.`);
  return connector;
}

export { definitionOf, definitions } from './definitions.ts';
