import type { NotificationInput } from '../../api/notifications.ts';
import type { Notification } from '../../api/types.ts';

/** The form as a person fills it in: texts and ticks. */
export interface Values {
  name: string;
  enabled: boolean;
  settings: Record<string, string>;
  credentials: Record<string, string>;
  findings: { on: boolean; severity: string; kinds: string[]; amount: string; currency: string };
  failures: { on: boolean; after: string };
  silence: { on: boolean; hours: string };
  digest: { on: boolean; at: string; timeZone: string };
}

const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function valuesOf(known?: Notification): Values {
  const { findings, failures, silence, digest } = known?.rules ?? {
    findings: { severity: 'critical' as const },
    failures: { after: 3 },
  };
  return {
    name: known?.name ?? '',
    enabled: known?.enabled ?? true,
    settings: Object.fromEntries(
      Object.entries(known?.settings ?? { port: 587, security: 'starttls' }).map(([key, value]) => [
        key,
        Array.isArray(value) ? value.join(', ') : String(value),
      ]),
    ),
    credentials: {},
    findings: {
      on: Boolean(findings),
      severity: findings?.severity ?? 'info',
      kinds: findings && 'kinds' in findings ? (findings.kinds ?? []) : [],
      amount: (findings && 'money' in findings && findings.money?.amount) || '',
      currency: (findings && 'money' in findings && findings.money?.currency) || '',
    },
    failures: { on: Boolean(failures), after: String(failures?.after ?? 3) },
    silence: { on: Boolean(silence), hours: String(silence?.hours ?? 26) },
    digest: { on: Boolean(digest), at: digest?.at ?? '08:00', timeZone: digest?.timeZone ?? zoneHere() },
  };
}

/** As the API takes it; what the form does not show of the rules is kept. */
export function inputOf(
  values: Values,
  channel: Notification['channel'],
  known?: Notification,
): NotificationInput {
  const { findings, failures, silence, digest } = values;
  const given = Object.entries(values.settings).filter(([, value]) => value.trim() !== '');
  const settings: Record<string, unknown> = Object.fromEntries(
    given.map(([key, value]) => [key, value.trim()]),
  );
  if (channel === 'email') {
    settings.port = Number(settings.port);
    settings.to = String(settings.to ?? '').split(/[\s,;]+/).filter(Boolean); // biome-ignore format: one step
  } else {
    delete settings.port;
    delete settings.security;
  }
  const { integrationIds } = known?.rules ?? {};
  return {
    name: values.name,
    enabled: values.enabled,
    settings,
    credentials: Object.fromEntries(Object.entries(values.credentials).filter(([, value]) => value !== '')),
    rules: {
      ...(findings.on && {
        findings: {
          severity: findings.severity as 'info',
          ...(findings.kinds.length > 0 && { kinds: findings.kinds as never }),
          ...(findings.amount && {
            money: { amount: findings.amount, currency: findings.currency.toUpperCase() },
          }),
        },
      }),
      ...(failures.on && { failures: { after: Number(failures.after) } }),
      ...(silence.on && { silence: { hours: Number(silence.hours) } }),
      ...(digest.on && { digest: { at: digest.at, timeZone: digest.timeZone } }),
      ...(integrationIds && { integrationIds }),
    },
  };
}
