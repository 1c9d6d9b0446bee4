import { definition as arrowsphere } from './arrowsphere/definition.ts';
import type { Definition, Kind } from './contract.ts';
import { definition as halopsa } from './halopsa/definition.ts';
import { definition as streamoneIon } from './streamone-ion/definition.ts';
import { definition as streamoneStellr } from './streamone-stellr/definition.ts';
import { definition as work365 } from './work365/definition.ts';

/** What every connector is, without what it does: no I/O comes with this import. */
export const definitions: readonly Definition[] = [
  arrowsphere,
  streamoneIon,
  streamoneStellr,
  halopsa,
  work365,
];

export const definitionOf = (kind: Kind): Definition | undefined =>
  definitions.find((definition) => definition.kind === kind);
