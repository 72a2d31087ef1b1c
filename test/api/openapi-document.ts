/** The OpenAPI document as the service serves it, and its schemas ready to validate. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { ApiRig } from './api-rig.ts';

export interface Media {
  schema?: object;
  example?: unknown;
}
export interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; description?: string; schema: object }[];
  security?: unknown[];
  requestBody?: { required?: boolean; description?: string; content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: unknown; examples?: unknown[] }> };
}

/** The schema at a place of the document, like `components`, `schemas`, `Stack`. */
export type SchemaAt = (...path: string[]) => ValidateFunction;

export async function documentOf(rig: ApiRig): Promise<Document> {
  return (await rig.call('GET', '/openapi.json', { token: null })).body as Document;
}

export function schemasOf(document: Document): SchemaAt {
  // Each schema is used a few times: to make its code short takes longer than it saves.
  const ajv = new Ajv2020({ strict: false, allErrors: true, code: { optimize: false } });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  return (...path) => {
    const pointer = path
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    return ajv.compile({ $ref: `openapi#/${pointer}` });
  };
}

export function operationsOf(document: Document): { path: string; method: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

export function expectValid(validate: ValidateFunction, value: unknown): void {
  const valid = validate(value);
  expect({ valid, errors: validate.errors ?? [] }).toEqual({ valid: true, errors: [] });
}
