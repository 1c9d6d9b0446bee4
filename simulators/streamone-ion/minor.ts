import type { SimRequest, SimResponse } from '../harness.ts';
import { readBody } from './customers.ts';
import { param, tokenPage } from './listings.ts';
import { customerRecord, subscriptionRecord } from './records.ts';
import type { IonState } from './state.ts';

/** Products and v1's customers: small, enough to answer a client that looks. */
export function listProducts(req: SimRequest, state: IonState): SimResponse {
  const bySku = new Map(
    state.subscriptions.slice(0, 500).map((row) => [row.holding.product.sku, row.holding.product]),
  );
  const wanted = param(req.query, 'filter.skuDisplayName');
  const found = [...bySku.values()].filter(({ name }) => !wanted || name === wanted);
  return tokenPage(req.query, state, 'products', found, (product) => ({
    name: `accounts/${state.settings.accountId}/products/${product.sku.replace(':', '-')}`,
    type: 'SUBSCRIPTION_PRODUCTS',
    disabled: false,
    marketing: { displayName: product.name },
    definition: { supportedCurrencies: [state.settings.currency], billingMode: 'PREPAY', skus: [] },
  }));
}

const v1 = (data: unknown): SimResponse => ({ status: 200, body: { success: true, data } });

export function v1Customers({ query }: SimRequest, state: IonState): SimResponse {
  const offset = Number(query.get('offset') ?? 0);
  const rows = state.customers.slice(offset, offset + Number(query.get('limit') ?? 100));
  const customer = rows.map((row) => {
    const record = customerRecord(state, row);
    return { customerId: row.id, companyName: record.customerOrganization, email: record.customerEmail };
  });
  return v1({ customer });
}

/** The price book's prices now, which a renewal is taken to cost; a part that is not held has none. */
export function productPrices(req: SimRequest, state: IonState): SimResponse {
  const asked = (readBody(req.text)?.externalProductWithProvider ?? []) as { externalProducts?: string[] }[];
  const wanted = asked.flatMap(({ externalProducts = [] }) => externalProducts);
  const plans = wanted.map((part) => {
    const row = state.subscriptions.find((one) => subscriptionRecord(state, one).mfgPartNumber === part);
    const price = state.priceBook.get(part) ?? (row && subscriptionRecord(state, row).cost);
    return {
      productId: part,
      productAvailability: price !== undefined,
      ...(price !== undefined && { pricebookPrice: price, pricebookMasterPrice: price }),
      pricebookCurrency: state.settings.currency,
      pricebookDetails: {},
    };
  });
  return { status: 200, body: { plans } };
}
