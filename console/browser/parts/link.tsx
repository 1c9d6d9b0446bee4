import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import Link, { type LinkProps } from '@cloudscape-design/components/link';
import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { urlOf } from '../api/client.ts';

type Search = Record<string, string | null | undefined>;

/** A page's URL: `pageUrl('/connections/{id}', { id }, { tab: 'token' })`. */
export const pageUrl = (path: string, names: Record<string, string> = {}, search: Search = {}): string =>
  urlOf(path, { path: names, query: search });

/** Of one subscription of an integration, by the distributor's id. */
export const subscriptionUrl = (integrationId: string, subscriptionId: string): string =>
  pageUrl('/subscriptions/{integrationId}/{subscriptionId}', { integrationId, subscriptionId });

interface Followed {
  preventDefault(): void;
  detail: { href?: string; external?: boolean };
}

/** For Cloudscape's `onFollow`: navigates without reloading the console. */
export function useFollow(): (event: Followed) => void {
  const router = useRouter();
  return (event) => {
    const { href, external } = event.detail;
    if (!href || external) return;
    event.preventDefault();
    void router.navigate({ href });
  };
}

interface PageLinkProps {
  href: string;
  children: ReactNode;
  ariaLabel?: string;
  variant?: LinkProps.Variant;
}

export function PageLink({ variant = 'primary', ...props }: PageLinkProps) {
  return <Link {...props} variant={variant} onFollow={useFollow()} />;
}

/** A button that opens another page. */
export function PageButton(
  props: Pick<ButtonProps, 'variant' | 'children' | 'ariaLabel' | 'iconName'> & { href: string },
) {
  return <Button {...props} onFollow={useFollow()} />;
}
