import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useContext, useEffect } from 'react';
import { createPortal } from 'react-dom';
import { SlotsContext } from '../shell/slots.ts';
import { useFollow } from './link.tsx';

export interface PageProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** The pages above this one. */
  above?: { text: string; href: string }[];
  children: ReactNode;
}

/** A page: its only first-level heading, its title in the tab, its breadcrumbs. */
export function Page({ title, description, actions, above = [], children }: PageProps) {
  const follow = useFollow();
  useEffect(() => {
    document.title = `${title} · Tributary`;
  }, [title]);
  const { crumbs } = useContext(SlotsContext);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={description}
          actions={actions && <div className="actions">{actions}</div>}
        >
          {title}
        </Header>
      }
    >
      {crumbs &&
        createPortal(
          <BreadcrumbGroup
            items={[{ text: 'Tributary', href: '/' }, ...above, { text: title, href: location.pathname }]}
            onFollow={follow}
            ariaLabel="Way back"
          />,
          crumbs,
        )}
      <SpaceBetween size="l">{children}</SpaceBetween>
    </ContentLayout>
  );
}
