import { bool, int, type RowOf, text } from './fields.ts';
import { like, needName, plainWrite, type Resource } from './resource.ts';
import { by, createTable, drop } from './table.ts';

/** Customer contacts. */
const userFields = {
  name: text(255),
  firstname: text(255),
  surname: text(255),
  emailaddress: text(255),
  phonenumber: text(255),
  mobilenumber: text(255),
  site_id: int(),
  client_id: int(),
  inactive: bool(),
  azureoid: text(255),
  linked_agent_id: int(),
  isserviceaccount: bool(),
};
export type User = RowOf<typeof userFields>;

export const createUsers = () => createTable<User>(200, { client: (user) => user.client_id });

export const writeUser = plainWrite(userFields, (state) => state.users);

export const users: Resource<User> = {
  key: 'users',
  scopes: ['customers'],
  table: (state) => state.users,
  fields: userFields,
  active: (user) => !user.inactive,
  filters: {
    client_id: { kind: 'int', test: (user, v) => user.client_id === Number(v) },
    site_id: { kind: 'int', test: (user, v) => user.site_id === Number(v) },
    search: { kind: 'text', test: (user, v) => like(v, user.name, user.emailaddress) },
    exclude_generaluser: {
      kind: 'bool',
      test: (user, v) => v.toLowerCase() !== 'true' || user.name !== 'General User',
    },
  },
  narrow: (state, query) =>
    query.get('client_id') ? by(state.users, 'client', Number(query.get('client_id'))) : undefined,
  check: (_state, body, old) => needName(body, old, 'User'),
  write: writeUser,
  thin: (state, user) => ({ ...user, client_name: state.clients.rows.get(user.client_id)?.name ?? '' }),
  full: (state, user) => ({ ...user, client_name: state.clients.rows.get(user.client_id)?.name ?? '' }),
  remove: (state, user) => drop(state.users, user.id),
};
