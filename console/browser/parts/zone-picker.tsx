import Select from '@cloudscape-design/components/select';

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].map((zone) => ({
  value: zone,
  label: zone,
}));

/** A time zone by its IANA name. */
export function ZonePicker({ value, onChange }: { value: string; onChange(zone: string): void }) {
  return (
    <Select
      selectedOption={{ value, label: value }}
      options={zones}
      filteringType="auto"
      filteringAriaLabel="Search time zones"
      filteringPlaceholder="Region or city"
      selectedAriaLabel="Chosen"
      virtualScroll
      onChange={({ detail }) => onChange(detail.selectedOption.value!)}
    />
  );
}
