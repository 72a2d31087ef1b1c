import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Moment } from '../../now.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';

type Webhook = Schemas['Webhook'];

/** Receivers that are told what happens, for administrators; the command line adds one, as it makes the secret. */
export function WebhookList(): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['webhooks'],
    queryFn: () => body(rest.GET('/webhooks')),
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
  const { webhookID, url, description, events, enabled, disabled } = webhook;
  return (
    <tr>
      <th scope="row" className="wide">
        {description || url}
        {description && <div className="quiet">{url}</div>}
      </th>
      <td className="wide">{events.length === 0 ? 'everything' : events.join(', ')}</td>
      <td className="wide">
        {enabled ? 'enabled' : `disabled by ${disabled?.by ?? ''}: ${disabled?.reason || 'no reason given'}`}
      </td>
      <td className="wide">
        <LastDelivery webhookID={webhookID} />
      </td>
      <td>
        <WebhookActions webhook={webhook} />
      </td>
    </tr>
  );
}

function LastDelivery({ webhookID }: { webhookID: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ['webhooks', webhookID, 'deliveries'],
    queryFn: () =>
      body(
        rest.GET('/webhooks/{webhookID}/deliveries', {
          params: { path: { webhookID }, query: { page_size: 1 } },
        }),
      ),
  });
  const last = data?.data[0];
  if (!data) return null;
  if (!last) return 'none yet';
  const { type, state, answerStatus, answer, attemptedAt } = last;
  return (
    <>
      {type} {state}
      {state !== 'delivered' && answer && `: ${answerStatus ?? ''} ${answer}`}
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
