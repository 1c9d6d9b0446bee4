import { randomBytes } from 'node:crypto';
import type { Kind } from '../../connectors/contract.ts';
import { startArrowSphere } from '../../simulators/arrowsphere/server.ts';
import { startHaloPsa } from '../../simulators/halopsa/server.ts';
import type { Simulator } from '../../simulators/harness.ts';
import { startStreamOneIon } from '../../simulators/streamone-ion/server.ts';
import { startStreamOneStellr } from '../../simulators/streamone-stellr/server.ts';

/** An outside system on loopback and what a connection to it is made with. */
export interface System<State = unknown> {
  simulator: Simulator<State>;
  settings: Record<string, unknown>;
  credentials: Record<string, string>;
}

const secret = (name: string) => `${name}-${randomBytes(12).toString('hex')}`;
/** Simulators are not asked gently. */
const fast = { maxInFlight: 8, callsPerSecond: 1000 };

async function system<State>(
  started: Promise<Simulator<State>>,
  settings: Record<string, unknown>,
  credentials: Record<string, string>,
  path = '',
): Promise<System<State>> {
  const simulator = await started;
  return { simulator, settings: { baseUrl: simulator.url + path, ...settings }, credentials };
}

/** One start function a kind, each with the simulator's own options. Secrets are new each time, so a leak is seen. */
export const systems = {
  arrowsphere: (options: Parameters<typeof startArrowSphere>[0] = {}) => {
    const credentials = { apiKey: options.apiKey ?? secret('arrow-key') };
    return system(startArrowSphere({ ...options, ...credentials }), fast, credentials, '/index.php/api');
  },
  'streamone-ion': (options: Parameters<typeof startStreamOneIon>[0] = {}) => {
    const credentials = { refreshToken: options.refreshToken ?? secret('ion-refresh') };
    return system(
      startStreamOneIon({ accountId: '1001', ...options, ...credentials }),
      { accountId: options.accountId ?? '1001', ...fast },
      credentials,
    );
  },
  'streamone-stellr': (options: Parameters<typeof startStreamOneStellr>[0] = {}) => {
    const credentials = {
      clientId: options.clientId ?? 'stellr-client',
      clientSecret: options.clientSecret ?? secret('stellr-secret'),
    };
    return system(
      startStreamOneStellr({ ...options, ...credentials }),
      { region: 'custom', ...fast },
      credentials,
    );
  },
  halopsa: (options: Parameters<typeof startHaloPsa>[0] = {}) => {
    const credentials = {
      clientId: options.clientId ?? 'halo-client',
      clientSecret: options.clientSecret ?? secret('halo-secret'),
    };
    const calls = options.callsPerFiveMinutes ?? 100_000;
    return system(
      startHaloPsa({ ...options, ...credentials, callsPerFiveMinutes: calls }),
      { callsPerFiveMinutes: calls },
      credentials,
    );
  },
} satisfies Partial<Record<Kind, (options?: never) => Promise<System>>>;

export type SimulatedKind = keyof typeof systems;
export type OptionsOf<K extends SimulatedKind> = Parameters<(typeof systems)[K]>[0];
export type SystemOf<K extends SimulatedKind> = Awaited<ReturnType<(typeof systems)[K]>>;
