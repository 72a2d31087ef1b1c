/** Who uses the page, and what they may do: the cookie is the service's, and the page sees what it says alone. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, type ReactNode } from 'react';
import { Away, BASE, Refused, signIn } from './rest-client.ts';
import { Trouble } from './parts/trouble.tsx';

export interface Session {
  subject: string;
  name?: string;
  roles: ('admin' | 'operator')[];
  expiresAt: string;
}

const SessionOfPage = createContext<Session | undefined>(undefined);

async function readSession(): Promise<Session> {
  const response = await fetch(`${BASE}/auth/session`, { headers: { Accept: 'application/json' } }).catch(
    (cause: unknown) => {
      throw new Away(cause);
    },
  );
  if (response.status === 401) return signIn();
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(response.status, problem);
  }
  return (await response.json()) as Session;
}

/** Shows its children to whoever has signed in; asks again now and then, for a session ends. */
export function WithSession({ children }: { children: ReactNode }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['session'],
    queryFn: readSession,
    refetchInterval: 60_000,
    meta: { isStill: true },
  });
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

/** Whether the user may change something. */
export function useMayChange(): boolean {
  return useSession().roles.includes('admin');
}
