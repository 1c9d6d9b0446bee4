import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { severities } from '../../../domain/findings/definition.ts';
import { type FindingKind, findingDefinitions } from '../../../domain/findings/finding.ts';
import { type ChannelKind, channelKinds } from '../../../domain/notices.ts';
import { guardTarget, isInwardAddress, isLoopbackHost, TargetRefused } from '../../../security/targets.ts';
import { isTimeZone } from '../../../temporal/schedule-spec.ts';
import { fieldErrors, invalid } from '../../problem.ts';
import { inputSchema, outsideId, text } from '../../schemas.ts';

/** The settings of each kind of channel; unknown keys are refused. */
const address = z.email().max(254);
const kinds = {
  webhook: {
    settings: z.strictObject({
      url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2_000),
    }),
    credentials: z.strictObject({
      secret: z
        .string()
        .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64')
        .optional()
        .describe('The Standard Webhooks secret. Generated and shown once if left out.'),
    }),
  },
  email: {
    settings: z.strictObject({
      host: z
        .string()
        .trim()
        .min(1)
        .max(253)
        .regex(/^[\w.:-]+$/, 'must be a host name or an address'),
      port: z.int().min(1).max(65_535).default(587),
      security: z
        .enum(['tls', 'starttls', 'none'])
        .default('starttls')
        .describe('`tls` from the first byte (465), `starttls` (587), `none` for a relay on this machine.'),
      from: address,
      to: z.array(address).min(1).max(20),
    }),
    credentials: z.strictObject({
      user: z.string().min(1).max(254).optional(),
      password: z.string().min(1).max(1_000).optional(),
    }),
  },
  'halo-ticket': {
    settings: z.strictObject({
      connectionId: z.uuid().describe('A connection to HaloPSA.'),
      clientId: outsideId
        .regex(/^\d{1,15}$/, 'must be a whole number')
        .describe('The client under which tickets are created.'),
      ticketTypeId: outsideId.regex(/^\d{1,15}$/, 'must be a whole number').optional(),
      priorityId: outsideId.regex(/^\d{1,15}$/, 'must be a whole number').optional(),
      team: text(255).optional(),
    }),
    credentials: z.strictObject({}),
  },
} as const;

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:00');

export const rules = z
  .strictObject({
    findings: z
      .strictObject({
        kinds: z
          .array(z.enum(Object.keys(findingDefinitions) as [FindingKind, ...FindingKind[]]))
          .min(1)
          .max(100)
          .optional()
          .describe('All by default.'),
        severity: z.enum(severities).optional().describe('This severity and higher; all by default.'),
        money: z
          .strictObject({
            amount: z.string().regex(/^\d{1,13}(\.\d{1,6})?$/, 'must be a decimal such as 100 or 99.5'),
            currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR'),
          })
          .optional()
          .describe('Only if findings of one cause hold at least this much per billing cycle.'),
      })
      .optional()
      .describe('When findings open.'),
    failures: z
      .strictObject({ after: z.int().min(1).max(100) })
      .optional()
      .describe('After this many failed imports of a kind in a row, and again when one succeeds.'),
    digest: z
      .strictObject({
        at: clock,
        timeZone: z.string().max(64).refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin'),
      })
      .optional()
      .describe('Every day at this time, if anything waits.'),
    silence: z
      .strictObject({ hours: z.int().min(1).max(8_784) })
      .optional()
      .describe('If a scheduled integration has not synced for this long, and again when it does.'),
    integrationIds: z.array(z.uuid()).min(1).max(200).optional().describe('All by default.'),
  })
  .describe('What this channel is notified of; rules left out are off.');

const loose = z.record(z.string(), z.unknown());
export const channelKind = z.enum(channelKinds);

export const newNotification = z
  .strictObject({
    name: text(200),
    channel: channelKind,
    settings: loose,
    credentials: loose.default({}),
    rules: rules.default({}),
    enabled: z.boolean().default(true),
  })
  .meta({ oneOf: channelKinds.map(ofKind) });

export const notificationChanges = z.strictObject({
  name: text(200).optional(),
  settings: loose.optional().describe('A JSON merge patch (RFC 7396).'),
  credentials: loose.optional().describe('A JSON merge patch too: fields left out stay unchanged.'),
  rules: rules.optional().describe('Replaces the rules.'),
  enabled: z.boolean().optional().describe('Events while it is off are not sent later.'),
});

function ofKind(kind: ChannelKind) {
  const { settings, credentials } = kinds[kind];
  return {
    title: kind,
    properties: {
      channel: { type: 'string', enum: [kind] },
      settings: inputSchema(settings),
      credentials: inputSchema(credentials),
    },
    required: ['channel'],
  };
}

export interface ChannelInput {
  settings: Record<string, unknown>;
  credentials: Record<string, string>;
}

/** Both normalised, or a problem that names every invalid field. */
export function readChannel(
  kind: ChannelKind,
  given: { settings: unknown; credentials: unknown },
  allowInward: boolean,
): ChannelInput {
  const settings = kinds[kind].settings.safeParse(given.settings);
  const credentials = kinds[kind].credentials.safeParse(given.credentials);
  const errors = [
    ...(settings.error ? fieldErrors(settings.error.issues, '/settings') : []),
    ...(credentials.error ? fieldErrors(credentials.error.issues, '/credentials') : []),
    ...(settings.success ? targetErrors(settings.data, allowInward) : []),
  ];
  if (errors.length > 0) throw invalid(errors);
  return { settings: settings.data, credentials: credentials.data } as ChannelInput;
}

/** Checks the settings themselves; what a name resolves to is checked with every attempt. */
function targetErrors(settings: object, allowInward: boolean) {
  const { url, host } = settings as { url?: string; host?: string };
  if (url !== undefined) {
    if (!allowInward && isLoopbackHost(new URL(url).hostname))
      return [{ pointer: '/settings/url', detail: inward }];
    try {
      guardTarget(url, allowInward);
    } catch (error) {
      if (!(error instanceof TargetRefused)) throw error;
      return [{ pointer: '/settings/url', detail: error.message }];
    }
  }
  if (host !== undefined && !allowInward && (isLoopbackHost(host) || (isIP(host) && isInwardAddress(host))))
    return [{ pointer: '/settings/host', detail: inward }];
  return [];
}

const inward = 'names a private address; set ALLOW_PRIVATE_TARGETS=true to allow that';

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
