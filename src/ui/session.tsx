/** The person who uses the page, and what they may do: the cookie is the service's, and the page sees what it says alone. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, type ReactNode } from 'react';
import { body, rest, type Schemas } from './rest-client.ts';
import { Trouble } from './parts/trouble.tsx';

type Session = Schemas['Session'];

const SessionOfPage = createContext<Session | undefined>(undefined);

/** Shows its children to whoever has signed in; asks again now and then, for a session ends. */
export function WithSession({ children }: { children: ReactNode }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['session'],
    queryFn: () => body(rest.GET('/auth/session')),
    refetchInterval: 60_000,
    meta: { isStill: true },
  });
  if (data && data.roles.length === 0) {
    return (
      <main className="page">
        <h1>Drydock</h1>
        <p>
          You are signed in as {data.name}, and belong to no group that may see something: ask for{' '}
          <code>{data.groups.operator}</code>, whose members may read, or <code>{data.groups.admin}</code>,
          whose members may change things.
        </p>
      </main>
    );
  }
  if (data) return <SessionOfPage value={data}>{children}</SessionOfPage>;
  if (error) {
    return (
      <main className="page">
        <h1>Drydock</h1>
        <Trouble error={error} />
      </main>
    );
  }
  return <p className="page quiet">Signing in…</p>;
}

export function useSession(): Session {
  const session = useContext(SessionOfPage);
  if (!session) throw new Error('There is no session outside of WithSession');
  return session;
}

/** Said where somebody may not: the group by the name that whoever gives it away knows. */
export function useNeedsGroup(): string {
  return `needs the group ${useSession().groups.admin}`;
}

/** Whether the user may change something. */
export function useMayChange(): boolean {
  return useSession().roles.includes('admin');
}
