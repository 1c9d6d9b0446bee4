import { definition as arrowsphere } from './arrowsphere/definition.ts';
import type { Definition, Kind } from './contract.ts';
import { definition as halopsa } from './halopsa/definition.ts';
import { definition as streamoneIon } from './streamone-ion/definition.ts';
import { definition as streamoneStellr } from './streamone-stellr/definition.ts';
import { definition as work365 } from './work365/definition.ts';

/** The definitions of all connectors; importing them brings no I/O. */
export const definitions: readonly Definition[] = [
  arrowsphere,
  streamoneIon,
  streamoneStellr,
  halopsa,
  work365,
];

export const definitionOf = (kind: Kind): Definition | undefined =>
  definitions.find((definition) => definition.kind === kind);
