import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { topLevels, useRefreshTopLevels } from '../../api/integrations.ts';
import { ZonePicker } from '../../parts/zone-picker.tsx';
import { notifyError } from '../../shell/notices.tsx';
import type { OptionValues } from './option-values.ts';
import { Ownership } from './ownership.tsx';
import { changePolicies, modes } from './words.tsx';

export interface OptionFieldsProps {
  /** The destination, where Tributary writes to it; null where it reads from us. */
  writesTo: string | null;
  values: OptionValues;
  onChange(values: OptionValues): void;
  /** What the API refused, by option. */
  errors: Record<string, string>;
}

const radios = (all: Record<string, { label: string; description: string }>) =>
  Object.entries(all).map(([value, { label, description }]) => ({ value, label, description }));

/** What an integration may do, and where. */
export function OptionFields({ writesTo, values, onChange, errors }: OptionFieldsProps) {
  const set = (change: Partial<OptionValues>) => onChange({ ...values, ...change });
  return (
    <SpaceBetween size="l">
      <FormField label="Mode" errorText={errors.mode}>
        <RadioGroup
          value={values.mode}
          items={radios(modes)}
          onChange={({ detail }) => set({ mode: detail.value as OptionValues['mode'] })}
        />
      </FormField>
      {writesTo && (
        <FormField label="Clients" errorText={errors.createClients ?? errors.updateMainSiteAddress}>
          <SpaceBetween size="xs">
            <Checkbox
              checked={values.createClients}
              description="Otherwise such a customer waits until someone maps it."
              onChange={({ detail }) => set({ createClients: detail.checked })}
            >
              Create a client for a customer without one
            </Checkbox>
            <Checkbox
              checked={values.updateMainSiteAddress}
              description="The address that the distributor has goes to the client's main site."
              onChange={({ detail }) => set({ updateMainSiteAddress: detail.checked })}
            >
              Keep the main site's address
            </Checkbox>
          </SpaceBetween>
        </FormField>
      )}
      {writesTo && (
        <TopLevelField
          connectionId={writesTo}
          value={values.topLevelId}
          error={errors.topLevelId}
          onChange={(topLevelId) => set({ topLevelId })}
        />
      )}
      <FormField
        label="Currency"
        description="The destination's own. Prices in another currency are not written."
        errorText={errors.currency}
      >
        <Select
          selectedOption={currencies.find(({ value }) => value === values.currency) ?? currencies[0]!}
          options={currencies}
          filteringType="auto"
          filteringAriaLabel="Search currencies"
          selectedAriaLabel="Chosen"
          virtualScroll
          onChange={({ detail }) => set({ currency: detail.selectedOption.value ?? '' })}
        />
      </FormField>
      <FormField
        label="Time zone"
        description="The time zone of dates and scheduled runs."
        errorText={errors.timeZone}
      >
        <ZonePicker value={values.timeZone} onChange={(timeZone) => set({ timeZone })} />
      </FormField>
      <NumberField
        label="Shrink limit (%)"
        description="If an import would remove more than this share at once, nothing is deactivated and a person decides."
        value={values.shrinkLimitPercent}
        error={errors.shrinkLimitPercent}
        onChange={(shrinkLimitPercent) => set({ shrinkLimitPercent })}
      />
      <NumberField
        label="Margin floor (%)"
        description="Reconciliation reports smaller margins. Empty: none is reported."
        value={values.marginFloorPercent}
        error={errors.marginFloorPercent}
        onChange={(marginFloorPercent) => set({ marginFloorPercent })}
      />
      <NumberField
        label="Renewal notice (days)"
        description="How many days before the end of a term (longer than a month) a finding opens."
        value={values.renewalNoticeDays}
        error={errors.renewalNoticeDays}
        onChange={(renewalNoticeDays) => set({ renewalNoticeDays })}
      />
      <Ownership
        rules={values.ownership}
        error={errors.ownership}
        onChange={(ownership) => set({ ownership })}
      />
      <FormField label="Changes at the distributor" errorText={errors.changes}>
        <RadioGroup
          value={values.changes}
          items={radios(changePolicies)}
          onChange={({ detail }) => set({ changes: detail.value as OptionValues['changes'] })}
        />
      </FormField>
      {values.changes !== 'off' && <PolicyFields values={values} set={set} errors={errors} />}
    </SpaceBetween>
  );
}

function PolicyFields({
  values,
  set,
  errors,
}: {
  values: OptionValues;
  set(change: Partial<OptionValues>): void;
  errors: Record<string, string>;
}) {
  return (
    <SpaceBetween size="l">
      {values.changes === 'auto' && (
        <NumberField
          label="Seats without approval"
          description="How many seats one change may add or remove without approval."
          value={values.autoSeats}
          error={errors.autoSeats}
          onChange={(autoSeats) => set({ autoSeats })}
        />
      )}
      {values.changes === 'auto' && (
        <NumberField
          label="Cost without approval"
          description="What one change may cost until its term ends, in the subscription's currency. Empty: no limit of its own."
          value={values.autoMoney}
          error={errors.autoMoney}
          onChange={(autoMoney) => set({ autoMoney })}
        />
      )}
      <NumberField
        label="Hours to approve"
        description="How long a request can be approved."
        value={values.approvalHours}
        error={errors.approvalHours}
        onChange={(approvalHours) => set({ approvalHours })}
      />
      <Checkbox checked={values.fourEyes} onChange={({ detail }) => set({ fourEyes: detail.checked })}>
        The requester may not approve
      </Checkbox>
    </SpaceBetween>
  );
}

function NumberField({
  label,
  description,
  value,
  error,
  onChange,
}: {
  label: string;
  description: string;
  value: string;
  error: string | undefined;
  onChange(value: string): void;
}) {
  return (
    <FormField label={label} description={description} errorText={error}>
      <Input
        value={value}
        inputMode="decimal"
        autoComplete="off"
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}

function TopLevelField({
  connectionId,
  value,
  error,
  onChange,
}: {
  connectionId: string;
  value: string;
  error: string | undefined;
  onChange(value: string): void;
}) {
  const { data, isPending, error: unread, refetch } = useQuery(topLevels(connectionId));
  const refresh = useRefreshTopLevels(connectionId);
  const items = data?.items ?? [];
  const known = items.map(({ id, name }) => ({ value: id, label: name, description: `ID ${id}` }));
  const chosen = known.find((option) => option.value === value) ?? { value, label: `ID ${value}` };
  return (
    <FormField
      label="Top level"
      description="New clients are created under it."
      constraintText={data && data.asOf === null ? 'Not read from the destination yet.' : undefined}
      errorText={error}
      secondaryControl={
        <Button
          loading={refresh.isPending}
          onClick={() => refresh.mutate(undefined, { onError: notifyError })}
          ariaLabel="Read anew the top levels of the destination"
        >
          Read anew
        </Button>
      }
    >
      <Select
        selectedOption={value === '' ? none : chosen}
        options={[none, ...known]}
        filteringType={items.length > 10 ? 'auto' : 'none'}
        filteringAriaLabel="Search top levels"
        selectedAriaLabel="Chosen"
        statusType={unread ? 'error' : isPending ? 'loading' : 'finished'}
        loadingText="Reading top levels"
        errorText="The top levels could not be read"
        recoveryText="Try again"
        onLoadItems={() => unread && void refetch()}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
      />
    </FormField>
  );
}

const none = { value: '', label: "The destination's own choice" };

const currencyNames = new Intl.DisplayNames(undefined, { type: 'currency' });
const currencies = [
  { value: '', label: 'Not given' },
  ...Intl.supportedValuesOf('currency').map((code) => ({
    value: code,
    label: code,
    description: currencyNames.of(code),
  })),
];
