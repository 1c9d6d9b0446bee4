import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { ZonePicker } from '../../parts/zone-picker.tsx';
import { allKinds } from '../findings/words.ts';
import { Choice, TextField } from './text-field.tsx';
import type { Values } from './values.ts';
import { severities } from './words.ts';

interface Props {
  values: Values;
  set(change: Partial<Values>): void;
  errorOf(pointer: string): string | undefined;
}

/** The rules of a channel, each with a checkbox. */
export function RuleFields({ values, set, errorOf }: Props) {
  const { findings, failures, silence, digest } = values;
  const rule = <Key extends 'findings' | 'failures' | 'silence' | 'digest'>(
    key: Key,
    label: string,
    says: string,
    fields: ReactNode,
  ) => (
    <SpaceBetween size="s">
      <Checkbox
        checked={values[key].on}
        description={says}
        onChange={({ detail }) => set({ [key]: { ...values[key], on: detail.checked } })}
      >
        {label}
      </Checkbox>
      {values[key].on && fields}
    </SpaceBetween>
  );
  const text = (
    label: string,
    value: string,
    pointer: string,
    onChange: (value: string) => void,
    says?: string,
  ) => (
    <TextField
      field={{ of: 'settings', name: label, label, says }}
      value={value}
      error={errorOf(pointer)}
      onChange={onChange}
    />
  );
  return (
    <Container header={<Header variant="h2">What is sent</Header>}>
      <SpaceBetween size="l">
        {rule(
          'findings',
          'Findings as they open',
          'Those of one minute come in one notice.',
          <SpaceBetween size="s">
            <FormField label="Severity">
              <Choice
                value={findings.severity}
                choices={Object.entries(severities).map(([value, label]) => ({ value, label }))}
                onChange={(severity) => set({ findings: { ...findings, severity } })}
              />
            </FormField>
            <FormField label="Kinds" description="All, if none are chosen.">
              <Multiselect
                selectedOptions={allKinds.filter(({ value }) => findings.kinds.includes(value))}
                options={allKinds}
                placeholder="All kinds"
                selectedAriaLabel="Chosen"
                deselectAriaLabel={({ label }) => `Take away ${label}`}
                tokenLimit={5}
                onChange={({ detail }) =>
                  set({ findings: { ...findings, kinds: detail.selectedOptions.map(({ value }) => value!) } })
                }
              />
            </FormField>
            {text(
              'Money from',
              findings.amount,
              '/rules/findings/money/amount',
              (amount) => set({ findings: { ...findings, amount } }),
              'What the findings of one cause hold a billing cycle. Left empty: any.',
            )}
            {findings.amount !== '' &&
              text('Currency', findings.currency, '/rules/findings/money/currency', (currency) =>
                set({ findings: { ...findings, currency } }),
              )}
          </SpaceBetween>,
        )}
        {rule(
          'failures',
          'Imports that fail in a row',
          'Once, and again when one works.',
          text('After how many', failures.after, '/rules/failures/after', (after) =>
            set({ failures: { ...failures, after } }),
          ),
        )}
        {rule(
          'silence',
          'No sync for too long',
          'For integrations with a schedule. Once, and again when one syncs.',
          text('After how many hours', silence.hours, '/rules/silence/hours', (hours) =>
            set({ silence: { ...silence, hours } }),
          ),
        )}
        {rule(
          'digest',
          'A daily digest of what waits',
          'On days when nothing waits, none is sent.',
          <SpaceBetween size="s">
            {text(
              'At',
              digest.at,
              '/rules/digest/at',
              (at) => set({ digest: { ...digest, at } }),
              'Such as 08:00.',
            )}
            <FormField label="Time zone" errorText={errorOf('/rules/digest/timeZone')}>
              <ZonePicker
                value={digest.timeZone}
                onChange={(timeZone) => set({ digest: { ...digest, timeZone } })}
              />
            </FormField>
          </SpaceBetween>,
        )}
      </SpaceBetween>
    </Container>
  );
}
