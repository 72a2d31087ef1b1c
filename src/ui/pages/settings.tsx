/** The person who is signed in, what they may do, and where the rest of the service is. */
import type { ReactNode } from 'react';
import { Moment, ZONE } from '../now.tsx';
import { BASE } from '../rest-client.ts';
import { useMayChange, useSession } from '../session.tsx';
import { WebhookList } from './settings/webhook-list.tsx';

export function SettingsPage(): ReactNode {
  const { name, subject, roles, groups, expiresAt } = useSession();
  const mayChange = useMayChange();
  return (
    <main className="page">
      <title>Settings · Drydock</title>
      <h1>Settings</h1>
      <dl className="facts">
        <dt>Name</dt>
        <dd>{name}</dd>
        <dt>Subject in the log</dt>
        <dd>
          <code>{subject}</code>
        </dd>
        <dt>May</dt>
        <dd>
          {roles.includes('admin') ? 'read and change' : `read: a change needs the group ${groups.admin}`}
        </dd>
        <dt>Administrators</dt>
        <dd>
          members of <code>{groups.admin}</code>: they read, change, and approve
        </dd>
        <dt>Operators</dt>
        <dd>
          members of <code>{groups.operator}</code>: they read
        </dd>
        <dt>Approvers</dt>
        <dd>
          of a wave whose approval names groups, members of those instead of administrators; each question
          says which
        </dd>
        <dt>Signed in</dt>
        <dd>
          until <Moment at={expiresAt} />, and on while this page is used
        </dd>
        <dt>Times are shown in</dt>
        <dd>{ZONE}</dd>
      </dl>
      {mayChange && <WebhookList />}
      <p>
        <a href={`${BASE}/docs`}>The REST API</a>, which this page is a client of.
      </p>
    </main>
  );
}
