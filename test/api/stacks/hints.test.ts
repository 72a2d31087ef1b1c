/** Advice in the answers to requests whose body does not fit. */
import { beforeAll, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../../src/api/middleware/json-body.ts';
import { ApiRig, UNKNOWN_ID } from '../api-rig.ts';
import { added, aDefinition, ORACLE_TYPE } from './definitions.ts';

const TYPES = `Send the body as Content-Type: application/json or ${ORACLE_TYPE}`;
const ACTIONS = 'for an action add ?action= with START, STOP, SHUTDOWN or RESTART to the path';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  await added(rig, aDefinition('/acme/jack/shop'));
});

it.each([
  ['POST', '/orchestration/', 'divide the orchestration into several ones'],
  ['PUT', '/orchestration/acme/jack/shop', 'divide the orchestration into several ones'],
  ['PUT', '/orchestration/acme/jack/shop?action=START', 'an action needs none'],
  ['PUT', '/instance/acme/jack/shop-web', 'send desired_state alone'],
  ['POST', '/backups', 'this request needs none'],
  ['POST', `/backups/${UNKNOWN_ID}/restore`, 'this request needs none'],
  ['POST', '/upgrade/kyma', 'name fewer targets'],
])('%s %s of too large a body: 413, %s', async (method, path, advice) => {
  const answer = await rig.call(method, path, { body: JSON.stringify('x'.repeat(BODY_LIMIT_BYTES)) });
  expect(answer.status).toBe(413);
  expect(answer.body).toMatchObject({
    detail: `The body may have at most ${BODY_LIMIT_BYTES} bytes; ${advice}`,
  });
});

it.each([
  [undefined, 'text/plain', 415, `${TYPES}; it is empty: ${ACTIONS}`],
  ['', 'application/x-www-form-urlencoded', 415, `${TYPES}; it is empty: ${ACTIONS}`],
  ['', '', 415, `${TYPES}; it is empty: ${ACTIONS}`],
  [' \n', 'application/json', 400, `The body is empty: ${ACTIONS}`],
  ['{}', 'text/plain', 415, TYPES],
])('PUT of a stack without action, body %j of type %j: %i', async (body, type, status, detail) => {
  const answer = await rig.call('PUT', '/orchestration/acme/jack/shop', {
    ...(body === undefined ? {} : { body: new Blob([body]) }),
    headers: { 'Content-Type': type },
  });
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ detail });
});

it.each([
  ['POST', '/orchestration/'],
  ['PUT', '/instance/acme/jack/shop-web'],
])('%s %s speaks of no action when its body is empty', async (method, path) => {
  const answer = await rig.call(method, path, { body: new Blob([]), headers: { 'Content-Type': '' } });
  expect(answer.status).toBe(415);
  expect(answer.body).toMatchObject({ detail: TYPES });
});
