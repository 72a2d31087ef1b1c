/** The frame of every page: where one is, whether it is live, who one is. */
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { Link, Route, Router, Switch, useLocation } from 'wouter';
import { LiveUpdates, Liveness } from './live.tsx';
import { WithNow } from './now.tsx';
import { BASE, Refused } from './rest-client.ts';
import { useSession, WithSession } from './session.tsx';
import { ApprovalsPage } from './pages/approvals.tsx';
import { FleetPage } from './pages/fleet.tsx';
import { NewPage } from './pages/new.tsx';
import { OperationPage } from './pages/operation.tsx';
import { OrchestrationPage } from './pages/orchestration.tsx';
import { OrchestrationsPage } from './pages/orchestrations.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { QueuePage } from './pages/queue.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { StackPage, StacksPage } from './pages/stacks.tsx';

const PAGES = [
  { href: '/', name: 'Fleet' },
  { href: '/orchestrations', name: 'Orchestrations' },
  { href: '/queue', name: 'Queue' },
  { href: '/approvals', name: 'Approvals' },
  { href: '/policy', name: 'Policy' },
  { href: '/stacks', name: 'Stacks' },
  { href: '/new', name: 'New upgrade' },
];

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The stream says when something has changed.
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => !(error instanceof Refused) && count < 1,
      // The browser does not know whether a service on this machine can be reached.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

export function App(): ReactNode {
  return (
    <QueryClientProvider client={client}>
      <WithNow>
        <WithSession>
          <Router base={`${BASE}/ui`}>
            <LiveUpdates>
              <Frame />
            </LiveUpdates>
          </Router>
        </WithSession>
      </WithNow>
    </QueryClientProvider>
  );
}

function Frame(): ReactNode {
  useSlash();
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="frame">
        <span className="name">Drydock</span>
        <nav aria-label="Pages">
          {PAGES.map(({ href, name }) => (
            <PageLink key={href} href={href} name={name} />
          ))}
        </nav>
        <Liveness />
        <Who />
      </header>
      <div id="content">
        <Switch>
          <Route path="/">
            <FleetPage />
          </Route>
          <Route path="/orchestrations">
            <OrchestrationsPage />
          </Route>
          <Route path="/orchestrations/:id">{({ id }) => <OrchestrationPage key={id} id={id} />}</Route>
          <Route path="/orchestrations/:id/operations/:operationID">
            {({ id, operationID }) => <OperationPage id={id} operationID={operationID} />}
          </Route>
          <Route path="/queue">
            <QueuePage />
          </Route>
          <Route path="/approvals">
            <ApprovalsPage />
          </Route>
          <Route path="/policy">
            <PolicyPage />
          </Route>
          <Route path="/stacks">
            <StacksPage />
          </Route>
          <Route path="/stacks/:container/:user/:name">{(path) => <StackPage path={path} />}</Route>
          <Route path="/you">
            <SettingsPage />
          </Route>
          <Route path="/new">
            <NewPage />
          </Route>
          <Route>
            <main className="page">
              <h1>There is no such page</h1>
              <p>
                <Link href="/">The fleet</Link> is a place to begin.
              </p>
            </main>
          </Route>
        </Switch>
      </div>
    </>
  );
}

function PageLink({ href, name }: { href: string; name: string }): ReactNode {
  const [path] = useLocation();
  const isHere = href === '/' ? path === '/' : path.startsWith(href);
  return (
    <Link href={href} aria-current={isHere ? 'page' : undefined}>
      {name}
    </Link>
  );
}

/** `/` leads to the search of a runtime, unless something is being typed. */
function useSlash(): void {
  const [path, go] = useLocation();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key, ctrlKey, metaKey, altKey } = event;
      const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select, dialog *');
      if (key !== '/' || isTyping || ctrlKey || metaKey || altKey) return;
      event.preventDefault();
      const focus = (): void => document.getElementById('runtime-search')?.focus();
      if (path === '/') return focus();
      go('/');
      requestAnimationFrame(focus);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [path, go]);
}

function Who(): ReactNode {
  const { name, roles } = useSession();
  const queries = useQueryClient();
  const [isLeaving, setLeaving] = useState(false);
  const leave = async (): Promise<void> => {
    setLeaving(true);
    try {
      await fetch(`${BASE}/auth/logout`, { method: 'POST' });
      queries.clear();
      location.assign(`${BASE}/ui`);
    } finally {
      setLeaving(false);
    }
  };
  return (
    <span className="who">
      <span>
        <Link href="/you">{name}</Link>{' '}
        <span className="quiet">{roles.includes('admin') ? 'may change' : 'may read'}</span>
      </span>
      <button type="button" disabled={isLeaving} onClick={() => void leave()}>
        Sign out
      </button>
    </span>
  );
}
