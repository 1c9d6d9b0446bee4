import { z } from 'zod';
import { Failure, type FailureKind, wayFaults } from '../../domain/failure.ts';
import type { TestReport, TestStep } from '../contract.ts';
import { get, type HaloContext, readPage } from './client.ts';
import { allAgents } from './reading.ts';
import { exchange, otherTenant, unsigned } from './token.ts';
import { readAgent } from './wire.ts';

type Outcome = Omit<TestStep, 'name'>;
const passed = (message: string): Outcome => ({ state: 'passed', message });
const warning = (message: string): Outcome => ({ state: 'warning', message });

/**
 * The seven steps of the Systems check. Messages hold no names of people: an agent is named by its id, unless it is
 * API-only.
 */
export async function systemsCheck(context: HaloContext): Promise<TestReport> {
  const facts: Facts = { identity: null, tenant: null, me: null };
  let signedIn = context;
  const steps: TestStep[] = [];
  let pointless: string | null = null;

  const run = async (name: string, step: () => Promise<Outcome>, needed = false) => {
    if (pointless) return void steps.push({ name, state: 'skipped', message: pointless });
    const outcome = await attempt(context, step);
    steps.push({ name, state: outcome.state, message: outcome.message });
    if (outcome.state === 'failed' && (needed || outcome.final)) pointless = `Skipped: "${name}" failed.`;
  };

  await run('HaloPSA is reachable', () => reach(context, facts), true);
  await run(
    'Token',
    async () => {
      const { accessToken, scope } = await exchange(context).catch((error) => {
        throw withTenantSeen(error, context, facts);
      });
      // The other steps use this token: the test is of the credentials as entered, not of a stored token.
      signedIn = { ...context, token: async () => accessToken };
      return scopes(scope);
    },
    true,
  );
  await run('Agent', () => whoAmI(signedIn, facts));
  await run('Agents visible', () => otherAgents(signedIn, facts));
  await run('Clients', () => count(signedIn, 'Client', 'clients'));
  await run('Licences', () => count(signedIn, 'SoftwareLicence', 'licences'));
  await run('Top levels', () => count(signedIn, 'TopLevel', 'top levels'));
  return { steps, identity: facts.identity };
}

interface Facts {
  identity: string | null;
  /** The tenant the instance names as its own. */
  tenant: string | null;
  /** The agent's id. */
  me: string | null;
}

async function attempt(
  context: HaloContext,
  step: () => Promise<Outcome>,
): Promise<Outcome & { final?: boolean }> {
  try {
    return await step();
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    const message = [error.message, error.details.remedy].filter(Boolean).join(' ');
    // If nothing answers or no more calls are allowed, further steps would tell nothing new.
    const final = outages.has(error.kind) && error.kind !== 'unavailable';
    return { state: 'failed', message, final };
  }
}

/** Network failures and outages: they say nothing about the settings entered. */
const outages = new Set<FailureKind>([
  ...wayFaults,
  'timeout',
  'rate-limited',
  'unavailable',
  'intermediary',
  'too-large',
]);

const loose = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const instanceInfo = z.object({
  app_name: loose,
  app_version: loose,
  tenant_id: loose,
  dbid: loose,
  auth_url: loose,
});

/** What the instance says about itself; null if that is not public. */
async function instance(context: HaloContext) {
  try {
    const info = instanceInfo.parse((await unsigned(context, 'InstanceInfo')).json ?? {});
    if (!Object.values(info).some((value) => value)) return null;
    const known = info.tenant_id || info.dbid;
    return { ...info, identity: known ? `${info.tenant_id ?? ''}|${info.dbid ?? ''}` : null };
  } catch (error) {
    const asked = error instanceof Failure && ['not-found', 'forbidden'].includes(error.kind);
    if (!asked && !(error instanceof z.ZodError)) throw error;
    return null;
  }
}

/** The tenant and its database. Also gets a token: the account must accept our credentials. */
export async function identity(context: HaloContext): Promise<string | null> {
  await context.token();
  return (await instance(context))?.identity ?? null;
}

async function reach(context: HaloContext, facts: Facts): Promise<Outcome> {
  const told = await instance(context).catch((error) => {
    throw withBaseUrl(error);
  });
  if (told) {
    facts.tenant = told.tenant_id || null;
    facts.identity = told.identity;
    return passed(`${told.app_name || 'HaloPSA'} ${told.app_version || '(version unknown)'} answers.`);
  }
  // Some installations hide InstanceInfo; authinfo at least shows that it is HaloPSA.
  const info = await unsigned(context, 'authinfo').catch((error) => {
    throw withBaseUrl(error);
  });
  if (!(info.json as { auth_url?: unknown } | undefined)?.auth_url) throw notHalo();
  return warning(
    'HaloPSA answers but does not report its version or database, so the account cannot be identified.',
  );
}

const baseUrlRemedy = 'Check the base URL, e.g. https://acme.halopsa.com.';

const notHalo = () =>
  new Failure('bad-answer', 'The system at the base URL is not HaloPSA.', {
    remedy: baseUrlRemedy,
  });

/** In the first step, every failure that is not an outage means that the base URL is wrong. */
function withBaseUrl(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, message, details } = error;
  if (kind === 'unreachable') return new Failure(kind, message, { remedy: baseUrlRemedy, ...details });
  return outages.has(kind) ? error : notHalo();
}

/** Halo answers a wrong tenant like a wrong secret or with a 500, so the message names the instance's own tenant. */
function withTenantSeen(error: unknown, { settings }: HaloContext, { tenant }: Facts): unknown {
  const other = otherTenant(settings, tenant);
  if (!(error instanceof Failure) || error.details.remedy?.endsWith(other)) return error;
  const remedy = `${error.details.remedy ?? ''}${other}`.trim();
  return new Failure(error.kind, error.message, { ...error.details, remedy });
}

const needed = ['read:customers', 'edit:customers', 'read:softwarelicensing', 'edit:softwarelicensing'];

function scopes(granted: string | undefined): Outcome {
  const names = granted?.split(/[\s,]+/).filter(Boolean) ?? [];
  if (names.length === 0) return passed('Token granted; HaloPSA does not say with which scopes.');
  const whole = names.includes('all') || names.includes('all:standard');
  const missing = needed.filter((scope) => !names.includes(scope));
  const message = `Token granted with the scopes ${names.join(', ')}.`;
  if (whole || missing.length === 0) return passed(message);
  return warning(
    `${message} Missing for imports: ${missing.join(', ')}. Add them (or all) to the API application's permissions.`,
  );
}

async function whoAmI(context: HaloContext, facts: Facts): Promise<Outcome> {
  const answer = await get(context, 'Agent', {}, '/me').catch((error) => {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  });
  const agent = readAgent(answer);
  if (agent === null) return warning('HaloPSA does not say which agent the token acts as.');
  facts.me = agent.id;
  if (agent.apiOnly) return passed(`Signed in as the API-only agent ${agent.name} (${agent.id}).`);
  return passed(`Signed in as agent ${agent.id}. An API-only agent is recommended.`);
}

async function otherAgents(context: HaloContext, facts: Facts): Promise<Outcome> {
  const others = (await allAgents(context)).filter((agent) => agent.id !== facts.me);
  if (others.length > 0) return passed(`${others.length} other agents are visible.`);
  return warning(
    'No other agent is visible, so this agent has limited access. In HaloPSA give the agent of the API ' +
      'application a default team and its departments and teams, make it an API-only agent, and with ' +
      'multi-tenancy on give it the organisations to be served.',
  );
}

/** HaloPSA hides what an agent may not see instead of refusing it, so an empty list may mean a missing right. */
async function count(
  context: HaloContext,
  resource: 'Client' | 'SoftwareLicence' | 'TopLevel',
  noun: string,
): Promise<Outcome> {
  const { rows, declared } = await readPage(context, resource, {}, 1, 1);
  const found = declared ?? rows.length;
  if (found > 0) return passed(`${found} active ${noun} can be read.`.replace('active top', 'top'));
  if (resource === 'SoftwareLicence') return passed('Licences can be read; there are none yet.');
  return warning(
    `No ${noun} are visible. Unless HaloPSA is empty, give the agent of the API application a default team and access to all clients.`,
  );
}
