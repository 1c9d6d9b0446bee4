import { useQuery } from '@tanstack/react-query';
import { createRoute } from '@tanstack/react-router';
import { overview } from '../../api/overview.ts';
import { Page } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { AttentionTable } from './attention.tsx';
import { StandingsTable } from './standings.tsx';

export const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  component: OverviewPage,
});

function OverviewPage() {
  const { data } = useQuery(overview);
  return (
    <Page
      title="Overview"
      description={
        data && (
          <>
            As of <When at={data.asOf} />
          </>
        )
      }
    >
      <AttentionTable />
      <StandingsTable />
    </Page>
  );
}
