import { beforeAll, describe, expect, test } from 'vitest';
import { definitions } from '../../connectors/definitions.ts';
import { call, installation } from './installation.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document as others read it
type Json = any;

describe('the API description', () => {
  const it = installation();
  let api: Json;
  beforeAll(async () => {
    api = (await call(it.app, '', 'GET', '/openapi.json')).body;
  });
  const operation = (method: string, path: string) => api.paths[path][method];
  const bodyOf = (method: string, path: string) =>
    operation(method, path).requestBody.content['application/json'].schema;
  const queryOf = (method: string, path: string, name: string) =>
    operation(method, path).parameters.find(
      (parameter: Json) => parameter.in === 'query' && parameter.name === name,
    ).schema;
  const kinds = definitions.map(({ kind }) => kind);

  test('names the words that a field takes', () => {
    expect(bodyOf('post', '/v1/connections').properties.kind.enum).toEqual(kinds);
    expect(queryOf('get', '/v1/connections', 'kind').enum).toEqual(kinds);
    for (const what of ['agents', 'clients', 'top-levels'])
      expect(queryOf('get', `/v1/connections/{id}/${what}`, 'refresh').enum, what).toEqual(['true', 'false']);
    expect(queryOf('delete', '/v1/connections/{id}', 'purge').enum).toEqual(['true', 'false']);
    expect(queryOf('put', '/v1/connections/{id}/people', 'partial').enum).toEqual(['true', 'false']);
  });

  test('says which fields exclude each other', () => {
    const required = (schema: Json) => schema.oneOf.map((one: Json) => one.required);
    expect(required(bodyOf('put', '/v1/integrations/{id}/mappings/{customerId}'))).toEqual([
      ['clientId'],
      ['create'],
    ]);
    expect(required(bodyOf('put', '/v1/integrations/{id}/schedule'))).toEqual([['every'], ['cron']]);
  });

  test('has the settings and credentials of each kind, and no others', () => {
    const choices = bodyOf('post', '/v1/connections').oneOf;
    expect(choices.map((one: Json) => one.properties.kind.enum[0])).toEqual(kinds);
    for (const { title, properties } of choices)
      for (const part of ['settings', 'credentials']) {
        expect(properties[part], `${title} ${part}`).toMatchObject({
          type: 'object',
          additionalProperties: false,
        });
        expect(Object.keys(properties[part].properties).length, `${title} ${part}`).toBeGreaterThan(0);
      }
  });

  test('lets nothing be sent that is not named', () => {
    const loose: string[] = [];
    for (const [path, methods] of Object.entries<Json>(api.paths))
      for (const [method, { requestBody }] of Object.entries<Json>(methods))
        for (const { schema } of Object.values<Json>(requestBody?.content ?? {})) {
          const schemas = schema.anyOf ?? [schema];
          for (const one of schemas)
            if (one.type === 'object' && one.additionalProperties !== false) loose.push(`${method} ${path}`);
        }
    expect(loose.filter((at) => !at.includes('/work365/'))).toEqual([]);
  });

  test('has a schema for each event of a stream, and for nothing else', () => {
    const { schema } = operation('get', '/v1/imports/{id}/events').responses['200'].content[
      'text/event-stream'
    ];
    const event = api.components.schemas[schema.$ref.split('/').at(-1)];
    const types = (event.oneOf ?? event.anyOf).map(
      (one: Json) => one.properties.event.enum?.[0] ?? one.properties.event.const,
    );
    expect(types).toEqual(['progress', 'item', 'finding', 'state']);
  });
});
