import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import { isOvertaken, Problem } from '../../api/client.ts';
import { useSetSchedule } from '../../api/schedules.ts';
import type { Integration, Schedule } from '../../api/types.ts';
import { sentence } from '../../parts/schema-form.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { ZonePicker } from '../../parts/zone-picker.tsx';
import { notify } from '../../shell/notices.tsx';
import { intervals } from './times.ts';

/** Sets an integration's schedule, or another one. */
export function ScheduleForm({ integration, known }: { integration: Integration; known: Schedule | null }) {
  const set = useSetSchedule(integration.id, known);
  const [kind, setKind] = useState(known?.cron ? 'cron' : 'every');
  const [every, setEvery] = useState(known?.every ?? 'PT6H');
  const [cron, setCron] = useState(known?.cron ?? '0 6 * * *');
  const [timeZone, setZone] = useState(known?.timeZone ?? integration.options.timeZone);
  const [customers, setCustomers] = useState(known?.customers ?? true);
  const [subscriptions, setSubscriptions] = useState(known?.subscriptions ?? true);
  const [quietFrom, setQuietFrom] = useState(known?.quiet?.from ?? '');
  const [quietTo, setQuietTo] = useState(known?.quiet?.to ?? '');
  const refused = set.error instanceof Problem ? set.error.errors : [];
  const errorOf = (field: string) => {
    const found = refused.find(({ pointer }) => pointer === `/${field}`);
    return found && sentence(found.detail);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    const times = kind === 'cron' ? { cron: cron.trim(), timeZone } : { every };
    // What this form does not show stays as it was set.
    const quiet = quietFrom || quietTo ? { quiet: { from: quietFrom, to: quietTo } } : {};
    const spread = known?.spread === undefined ? {} : { spread: known.spread };
    set.mutate(
      { customers, subscriptions, ...times, ...spread, ...quiet },
      {
        onSuccess: () => notify({ type: 'success', text: 'The schedule was saved.' }),
        onError: (error) =>
          isOvertaken(error) &&
          notify({
            type: 'error',
            text: 'Nothing was saved: someone else has set or removed the schedule meanwhile. This page shows it now.',
          }),
      },
    );
  };
  return (
    <form onSubmit={send} noValidate>
      <Form
        actions={
          <Button variant={known ? 'normal' : 'primary'} formAction="submit" loading={set.isPending}>
            {known ? 'Save the schedule' : 'Set the schedule'}
          </Button>
        }
        errorText={refused.length > 0 ? 'Nothing was saved. Correct the marked fields.' : undefined}
      >
        <Container
          header={
            <Header
              variant="h2"
              description={known ? undefined : 'None is set: imports run only when somebody starts them.'}
            >
              Schedule
            </Header>
          }
        >
          <SpaceBetween size="l">
            {set.error && refused.length === 0 && <Trouble error={set.error} />}
            <FormField label="When">
              <RadioGroup
                value={kind}
                onChange={({ detail }) => setKind(detail.value)}
                items={[
                  { value: 'every', label: 'At a fixed interval' },
                  {
                    value: 'cron',
                    label: 'At set times',
                    description: 'A cron expression in a time zone.',
                  },
                ]}
              />
            </FormField>
            {kind === 'every' ? (
              <FormField label="Every" errorText={errorOf('every')}>
                <Select
                  selectedOption={interval(every)}
                  options={Object.keys({ ...intervals, [every]: '' }).map(interval)}
                  selectedAriaLabel="Chosen"
                  onChange={({ detail }) => setEvery(detail.selectedOption.value!)}
                />
              </FormField>
            ) : (
              <SpaceBetween size="l">
                <FormField
                  label="Cron expression"
                  description="Minute, hour, day of the month, month, day of the week. 0 6 * * 1-5 is 06:00 from Monday to Friday."
                  errorText={errorOf('cron')}
                >
                  <Input
                    value={cron}
                    autoComplete="off"
                    spellcheck={false}
                    onChange={({ detail }) => setCron(detail.value)}
                  />
                </FormField>
                <FormField label="Time zone" errorText={errorOf('timeZone')}>
                  <ZonePicker value={timeZone} onChange={setZone} />
                </FormField>
              </SpaceBetween>
            )}
            <FormField
              label="Quiet hours – optional"
              description="No scheduled run begins between these times, such as 08:00 and 18:00."
              errorText={errorOf('quiet') ?? errorOf('quiet/from') ?? errorOf('quiet/to')}
            >
              <SpaceBetween size="xs" direction="horizontal">
                <Input
                  ariaLabel="Quiet from"
                  placeholder="from"
                  value={quietFrom}
                  onChange={({ detail }) => setQuietFrom(detail.value)}
                />
                <Input
                  ariaLabel="Quiet to"
                  placeholder="to"
                  value={quietTo}
                  onChange={({ detail }) => setQuietTo(detail.value)}
                />
              </SpaceBetween>
            </FormField>
            <FormField label="What" errorText={errorOf('subscriptions')}>
              <SpaceBetween size="xs">
                <Checkbox checked={customers} onChange={({ detail }) => setCustomers(detail.checked)}>
                  Customers
                </Checkbox>
                <Checkbox checked={subscriptions} onChange={({ detail }) => setSubscriptions(detail.checked)}>
                  Subscriptions
                </Checkbox>
              </SpaceBetween>
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

const interval = (value: string) => ({ value, label: intervals[value] ?? value });
