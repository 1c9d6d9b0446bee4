import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type Agent,
  type AgentChange,
  agentMappings,
  agents,
  OtherAgent,
  people,
  useChangeAgents,
  useRefreshAgents,
} from '../../api/people.ts';
import type { AgentMapping, Connection, Person } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable, rowsOf } from '../../parts/items-table.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import type { Place } from '../../parts/pager.tsx';
import { When } from '../../parts/when.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';
import { UploadPeople } from './upload.tsx';

export interface PeopleSearch extends Place {
  state?: string;
  search?: string;
}

interface PeopleProps {
  destination: Connection;
  search: PeopleSearch;
  onSearch(search: PeopleSearch): void;
}

interface Row extends Person, AgentMapping {}

/** Whose agent each person of the phone system is. A choice is kept at once and can be taken back. */
export function People({ destination, ...view }: PeopleProps) {
  const { id } = destination;
  const listed = useQuery(people(id));
  const mapped = useQuery(agentMappings(id));
  const offered = useQuery(agents(id));
  return (
    <Loaded query={listed}>
      {({ items, version }) => (
        <Loaded query={mapped}>
          {({ items: mappings }) => (
            <Loaded query={offered}>
              {(agents) => (
                <Shown
                  {...view}
                  destination={destination}
                  rows={joined(items, mappings)}
                  version={version}
                  agents={agents.items}
                  asOf={agents.asOf}
                />
              )}
            </Loaded>
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

function joined(items: Person[], mappings: AgentMapping[]): Row[] {
  const of = new Map(mappings.map((mapping) => [mapping.personId, mapping]));
  return items.map((person) => ({
    agentId: null,
    suggestedAgentId: null,
    reason: null,
    personId: person.id,
    ...of.get(person.id),
    ...person,
  }));
}

const states: Record<string, { label: string; fits(row: Row): boolean }> = {
  suggested: {
    label: 'With a suggestion',
    fits: (row) => row.agentId === null && row.suggestedAgentId !== null,
  },
  unmapped: { label: 'Not mapped', fits: ({ agentId }) => agentId === null },
  mapped: { label: 'Mapped', fits: ({ agentId }) => agentId !== null },
};

const reasons: Record<NonNullable<AgentMapping['reason']>, string> = {
  email: 'the same e-mail address',
  name: 'the same name',
  ambiguous: 'Several agents fit: choose one',
};

/** The list comes whole; a page of it is drawn. */
const perPage = 50;

interface ShownProps extends PeopleProps {
  rows: Row[];
  /** Of the list of people. */
  version: string;
  agents: Agent[];
  asOf: string | null;
}

function Shown({ destination: { id, name }, rows, version, agents, asOf, search, onSearch }: ShownProps) {
  const [uploading, setUploading] = useState(false);
  const refresh = useRefreshAgents(id);
  const { choose, acceptAll, working } = useActs(id, rows);
  const agentOf = new Map(agents.map((agent) => [agent.id, agent]));
  const nameOf = (agentId: string) => agentOf.get(agentId)?.name ?? `Agent ${agentId}`;
  const suggested = rows.filter((row) => states.suggested!.fits(row));
  const text = search.search?.toLowerCase();
  const shown = rows.filter(
    (row) =>
      (!search.state || states[search.state]?.fits(row)) &&
      (!text || [row.name, row.email, row.extension, row.id].join('\n').toLowerCase().includes(text)),
  );
  const from = Number(search.cursor) || 0;
  const upload = <Button onClick={() => setUploading(true)}>Upload people…</Button>;
  const columns: Column<Row>[] = [
    {
      id: 'person',
      header: 'Person',
      names: true,
      width: 230,
      cell: ({ name, email, extension }) => (
        <>
          {name}
          <Box variant="small" display="block" color="text-body-secondary">
            {[email, extension && `extension ${extension}`].filter(Boolean).join(', ') || 'No e-mail address'}
          </Box>
        </>
      ),
    },
    {
      id: 'agent',
      header: 'Agent',
      width: 300,
      cell: (row) => (
        <>
          <Select
            selectedOption={row.agentId === null ? null : { value: row.agentId, label: nameOf(row.agentId) }}
            options={agents.map(({ id, name, email, disabled }) => ({
              value: id,
              label: name,
              description: email ?? undefined,
              disabled,
              disabledReason: 'This agent is disabled.',
            }))}
            ariaLabel={`Agent of ${row.name}`}
            placeholder="Choose an agent"
            filteringType="auto"
            filteringAriaLabel="Search agents by name"
            filteringClearAriaLabel="Clear the search"
            selectedAriaLabel="Chosen"
            empty="No agents have been read yet"
            virtualScroll
            expandToViewport
            onChange={({ detail }) => choose(row, detail.selectedOption.value!, detail.selectedOption.label!)}
          />
          {row.agentId !== null && <AgentState agent={agentOf.get(row.agentId)} />}
        </>
      ),
    },
    {
      id: 'suggestion',
      header: 'Suggestion',
      width: 220,
      cell: ({ agentId, suggestedAgentId, reason }) => {
        if (agentId !== null) return agentId === suggestedAgentId && reason ? `Has ${reasons[reason]}` : '–';
        if (suggestedAgentId === null) return reason ? reasons[reason] : '–';
        return `${nameOf(suggestedAgentId)}, who has ${reason ? reasons[reason] : 'the same name'}`;
      },
    },
    {
      id: 'actions',
      header: 'Action',
      cell: (row) =>
        row.agentId !== null ? (
          <Button
            variant="inline-link"
            disabled={working}
            ariaLabel={`Unmap ${row.name}`}
            onClick={() => choose(row, null, '')}
          >
            Unmap
          </Button>
        ) : (
          row.suggestedAgentId !== null && (
            <Button
              variant="inline-link"
              disabled={working}
              ariaLabel={`Accept ${nameOf(row.suggestedAgentId)} for ${row.name}`}
              onClick={() => choose(row, row.suggestedAgentId, nameOf(row.suggestedAgentId!))}
            >
              Accept
            </Button>
          )
        ),
    },
  ];
  return (
    <>
      <ItemsTable
        title="People"
        heading="People and their agents"
        counter={`(${countText(rows.length)})`}
        description={
          <>
            People of your phone system, and whose agent each is in {name}. Agents{' '}
            {asOf ? (
              <>
                as read <When at={asOf} />.
              </>
            ) : (
              'have not been read yet.'
            )}
          </>
        }
        actions={
          <>
            <Button
              loading={refresh.isPending}
              loadingText="Reading the agents"
              onClick={() => refresh.mutate(undefined, { onError: notifyError })}
            >
              Read the agents anew
            </Button>
            {upload}
            {suggested.length > 0 && (
              <Button variant="primary" disabled={working} onClick={() => acceptAll(suggested)}>
                Accept all {countText(suggested.length)} suggestions
              </Button>
            )}
          </>
        }
        query={rowsOf(
          shown.slice(from, from + perPage),
          shown.length > from + perPage ? String(from + perPage) : null,
        )}
        place={search}
        onPlace={({ cursor, page }) => onSearch({ ...search, cursor, page })}
        columns={columns}
        idOf={({ personId }) => personId}
        nameOf={(row) => row.name}
        filter={
          <FilterBar
            of="people"
            search
            filters={[
              {
                key: 'state',
                label: 'State',
                values: Object.entries(states).map(([value, { label, fits }]) => ({
                  value,
                  label,
                  count: rows.filter(fits).length,
                })),
              },
            ]}
            chosen={{ ...search }}
            onChange={(chosen) => onSearch(chosen)}
          />
        }
        empty={
          rows.length > 0 ? (
            <Empty title="Nobody matches">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="No people yet" action={upload}>
              Export the users of your phone system as CSV, with the columns id, name, email and extension.
            </Empty>
          )
        }
      />
      {uploading && (
        <UploadPeople
          connectionId={id}
          known={rows.length}
          seen={version}
          onClose={() => setUploading(false)}
        />
      )}
    </>
  );
}

/** Said only where something is wrong with the agent. */
function AgentState({ agent }: { agent: Agent | undefined }) {
  if (!agent) return <StatusIndicator type="error">No longer an agent</StatusIndicator>;
  return agent.disabled ? <StatusIndicator type="warning">Disabled in the PSA</StatusIndicator> : null;
}

/** Mapping and unmapping, each with what takes it back. */
function useActs(connectionId: string, rows: Row[]) {
  const keep = useChangeAgents(connectionId);
  const tell = (error: Error) => {
    if (!(error instanceof OtherAgent)) return notifyError(error);
    const name = rows.find(({ personId }) => personId === error.personId)?.name ?? error.personId;
    notify({
      type: 'error',
      text: `Nothing was changed: someone else has mapped or unmapped ${name} meanwhile. The list shows it now.`,
    });
  };
  const put = (changes: AgentChange[], text: string) =>
    keep.mutate(changes, {
      onSuccess: () =>
        notify({
          type: 'success',
          text,
          undo: () =>
            keep.mutate(
              changes.map(({ from, to, ...one }) => ({ ...one, from: to, to: from })),
              { onError: tell },
            ),
        }),
      onError: tell,
    });
  return {
    working: keep.isPending,
    choose: ({ personId, agentId: from, name }: Row, to: string | null, agentName: string) =>
      put(
        [{ personId, from, to }],
        to === null ? `${name} was unmapped.` : `${name} was mapped to ${agentName}.`,
      ),
    acceptAll: (suggested: Row[]) =>
      put(
        suggested.map(({ personId, agentId: from, suggestedAgentId: to }) => ({ personId, from, to })),
        suggested.length === 1
          ? '1 person was mapped.'
          : `${countText(suggested.length)} people were mapped.`,
      ),
  };
}
