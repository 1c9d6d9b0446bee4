import type { Budget } from '../../../connectors/contract.ts';
import { definitions } from '../../../connectors/definitions.ts';

/** The call window that a connection shares with others of its host and tenant; null if it has none. */
export function windowOf({ kind, settings }: { kind: string; settings: unknown }): Budget | null {
  const definition = definitions.find((one) => one.kind === kind);
  const read = definition?.settings.safeParse(settings);
  return definition?.budget && read?.success ? definition.budget(read.data as never) : null;
}
