/** Rows as HaloPSA lists them (halopsa.md), with invented values. */
export const licence = {
  id: 710, key: 710, type: 1, name: 'Microsoft 365 Business Premium', count: 25,
  client_id: 39, client_name: 'Contoso Ltd', site_id: -1, site_name: '',
  start_date: '2026-01-01T00:00:00', end_date: '2026-12-31T00:00:00',
  purchase_price: 18.1, price: 22.0, monthly_cost: 18.1, monthly_price: 22.0,
  vendor: 'Microsoft', manufacturer: 'Microsoft', distributor: 'ArrowSphere',
  product_sku: 'CFQ7TTC0LCHC:0002', vendor_product_sku: 'CFQ7TTC0LCHC',
  billing_cycle: 'Monthly', term_duration: 'P1Y', status: 'Active', autorenew: true,
  is_active: true, deleted: false, parent_id: 0, item_id: 0, external_link_id: 3321,
  snowid: '', tenant_id: '', requested_quantity: 0, notes: '',
}; // biome-ignore format: as the contract has it

export const client = {
  id: 39, name: 'Contoso Ltd', toplevel_id: 12, toplevel_name: 'Customers', inactive: false, main_site_id: 53,
  colour: '#fff', is_vip: false, notes: '', customer_type: 0, logo: 'data:image/png;base64,AAAA',
}; // biome-ignore format: a row

export const link = {
  id: 3321, halo_id: 710, table_id: 1, third_party_id: 'XSP987654321', third_party_secondary_id: 'XSP1',
  third_party_type: 'arrowsphere:XSP1:subscription', third_party_desc: 'Office',
}; // biome-ignore format: a row
