import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Moment } from '../../now.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';

type Webhook = Schemas['Webhook'];

/** How often a delivery that is under way is looked at. */
const PENDING_MS = 2_000;

/** Receivers that are told what happens, for administrators; the command line adds one, as it makes the secret. */
export function WebhookList(): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['webhooks'],
    queryFn: () => body(rest.GET('/webhooks')),
    // No event tells of deliveries.
    refetchInterval: ({ state }) =>
      state.data?.data.some(({ lastDelivery }) => lastDelivery?.state === 'pending') ? PENDING_MS : false,
  });
  return (
    <section aria-labelledby="webhooks">
      <h2 id="webhooks">Webhooks</h2>
      {error && <Trouble error={error} />}
      {!data && !error && <p className="quiet">Reading…</p>}
      {data?.data.length === 0 && (
        <p className="quiet">
          Nobody is told what happens. <code>drydock webhook add</code> adds a receiver.
        </p>
      )}
      {data && data.data.length > 0 && (
        <div className="table" tabIndex={0} role="group" aria-labelledby="webhooks">
          <table>
            <thead>
              <tr>
                <th scope="col">Receiver</th>
                <th scope="col">Told of</th>
                <th scope="col">State</th>
                <th scope="col">Last delivery</th>
                <th scope="col">Change</th>
              </tr>
            </thead>
            <tbody>
              {data.data.map((webhook) => (
                <WebhookRow key={webhook.webhookID} webhook={webhook} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function WebhookRow({ webhook }: { webhook: Webhook }): ReactNode {
  const { url, description, events, enabled, disabled, lastDelivery } = webhook;
  return (
    <tr>
      <th scope="row" className="wide">
        {description || url}
        {description && <div className="quiet">{url}</div>}
      </th>
      <td className="wide">{events.length === 0 ? 'all but window.upcoming' : events.join(', ')}</td>
      <td className="wide">
        {enabled ? 'enabled' : `disabled by ${disabled?.by ?? ''}: ${disabled?.reason || 'no reason given'}`}
      </td>
      <td className="wide">
        <LastDelivery last={lastDelivery} />
      </td>
      <td>
        <WebhookActions webhook={webhook} />
      </td>
    </tr>
  );
}

function LastDelivery({ last }: { last: Webhook['lastDelivery'] }): ReactNode {
  if (!last) return 'none yet';
  const { type, state, answerStatus, answer, attemptedAt } = last;
  return (
    <>
      {type} {state}
      {state !== 'delivered' && answer && `: ${answerStatus === null ? '' : `${answerStatus} `}${answer}`}
      {attemptedAt && (
        <>
          , <Moment at={attemptedAt} />
        </>
      )}
    </>
  );
}

function WebhookActions({ webhook: { webhookID, enabled } }: { webhook: Webhook }): ReactNode {
  const queries = useQueryClient();
  const [said, say] = useState('');
  const path = { webhookID };
  const acting = useMutation({
    mutationFn: async (what: 'test' | 'turn') => {
      if (what === 'test') {
        await body(rest.POST('/webhooks/{webhookID}/test', { params: { path } }));
        return 'A test is on its way.';
      }
      await body(rest.PATCH('/webhooks/{webhookID}', { params: { path }, body: { enabled: !enabled } }));
      return '';
    },
    onSuccess: (told) => {
      say(told);
      return queries.invalidateQueries({ queryKey: ['webhooks'] });
    },
  });
  return (
    <>
      <span className="buttons">
        <button type="button" disabled={!enabled || acting.isPending} onClick={() => acting.mutate('test')}>
          Test
        </button>
        <button type="button" disabled={acting.isPending} onClick={() => acting.mutate('turn')}>
          {enabled ? 'Disable' : 'Enable'}
        </button>
      </span>
      {said && <span className="quiet">{said}</span>}
      {acting.error && <Trouble error={acting.error} />}
    </>
  );
}
