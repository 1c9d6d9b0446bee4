import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { mappings, mappingsFile } from '../../api/mappings.ts';
import type { Integration } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import type { Place } from '../../parts/pager.tsx';
import { Decided } from './decided.tsx';
import { GenerateMappings } from './generate.tsx';
import { TableFile } from './table-file.tsx';
import { Undecided } from './undecided.tsx';

export interface MappingSearch extends Place {
  state?: string;
  search?: string;
}

interface MappingsProps {
  integration: Integration;
  search: MappingSearch;
  onSearch(search: MappingSearch): void;
}

export interface ViewProps extends MappingsProps {
  filter: ReactNode;
}

const views = { undecided: 'To map', mapped: 'Mapped', all: 'All' };

/** Which client each customer is: those to decide first, by what they are worth. A choice is kept at once. */
export function Mappings(props: MappingsProps) {
  const { integration, search, onSearch } = props;
  const counts = useQuery(mappings(integration.id));
  const [open, setOpen] = useState<'generate' | 'file' | null>(null);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="A client belongs to one customer. Subscriptions of an unmapped customer are not written."
            actions={
              <div className="actions">
                <Button href={mappingsFile(integration.id)} download="mappings.csv" iconName="download">
                  CSV
                </Button>
                <Button iconName="upload" onClick={() => setOpen('file')}>
                  From a CSV…
                </Button>
                <Button variant="primary" onClick={() => setOpen('generate')}>
                  Map equal names…
                </Button>
              </div>
            }
          >
            Customers and their clients
          </Header>
        }
      >
        <Loaded query={counts}>
          {({ facets }) => <Views {...props} counts={facets.state} search={search} onSearch={onSearch} />}
        </Loaded>
      </Container>
      {open === 'generate' && (
        <GenerateMappings integrationId={integration.id} onClose={() => setOpen(null)} />
      )}
      {open === 'file' && <TableFile integrationId={integration.id} onClose={() => setOpen(null)} />}
    </SpaceBetween>
  );
}

function Views({ counts, ...props }: MappingsProps & { counts: Record<string, number> }) {
  const { search, onSearch } = props;
  const { undecided = 0, mapped = 0, unmapped = 0 } = counts;
  // What was shown first stays when the last of them has been decided.
  const first = useRef(undecided > 0 ? 'undecided' : 'all');
  const view = search.state && search.state in views ? search.state : first.current;
  const numbers: Record<string, number> = { undecided, mapped, all: mapped + unmapped };
  const filter = (
    <FilterBar
      of="customers"
      search
      filters={[]}
      chosen={{ search: search.search }}
      onChange={(chosen) => onSearch({ state: search.state, search: chosen.search })}
    />
  );
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        label="Which customers"
        selectedId={view}
        options={Object.entries(views).map(([id, text]) => ({
          id,
          text: `${text} (${countText(numbers[id] ?? 0)})`,
        }))}
        onChange={({ detail }) => onSearch({ state: detail.selectedId, search: search.search })}
      />
      {view === 'undecided' ? (
        <Undecided {...props} filter={filter} />
      ) : (
        <Decided {...props} filter={filter} state={view === 'mapped' ? 'mapped' : undefined} />
      )}
    </SpaceBetween>
  );
}
