import { followers } from '../../db/changes/changes.ts';
import { changedCustomers, hasFollowed } from '../../db/changes/together.ts';
import { IntegrationGone, importInputOf, ModeForbids, openImport } from '../../db/imports/imports.ts';
import { bySystem } from '../../domain/actor.ts';
import type { ImportInput } from '../../temporal/messages.ts';
import type { Deps } from '../deps.ts';
import { requiredChange } from './required.ts';

/** Updates the destinations after a change at the distributor. */
export function followingActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** The integrations whose destination must be updated. */
    async changeFollowers({ connectionId }: { connectionId: string }): Promise<string[]> {
      return await followers(sql, connectionId);
    },

    /** Opens an import of the changed customers from the listing showing the change, or returns the one to wait for. */
    async openChangeImport(input: {
      integrationId: string;
      customerId: string | null;
      changeId?: string;
      collectionId?: string;
      kind?: ImportInput['kind'];
    }): Promise<{ input: ImportInput } | { waitFor: string } | null> {
      const { integrationId, customerId, changeId, collectionId, kind = 'subscriptions' } = input;
      if (changeId && (await hasFollowed(sql, { integrationId, kind, customerId, changeId }))) return null;
      const customers =
        changeId && collectionId
          ? await changedCustomers(sql, await requiredChange(sql, changeId), collectionId)
          : [customerId!];
      const opened = await openImport(deps.db, {
        integrationId,
        kind,
        mode: 'apply',
        trigger: 'change',
        startedBy: bySystem,
        customerIds: kind === 'customers' ? null : customers,
        previewId: null,
        itemIds: null,
      }).catch((error) => {
        // The integration is paused or was deleted: nothing to update.
        if (error instanceof ModeForbids || error instanceof IntegrationGone) return null;
        throw error;
      });
      if (opened === null) return null;
      if ('running' in opened) return { waitFor: opened.running.id };
      if (opened.opened === 'joined') return { waitFor: opened.row.id };
      return {
        input: { ...(await importInputOf(deps.db, opened.row.id)), collectionId: collectionId ?? null },
      };
    },
  };
}
