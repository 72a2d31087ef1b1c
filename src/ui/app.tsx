/** The frame of every page: where one is, whether it is live, who one is. */
import { QueryClient, QueryClientProvider, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { Link, Route, Router, Switch, useLocation } from 'wouter';
import { LiveUpdates, Liveness } from './live.tsx';
import { WithNow } from './now.tsx';
import { Boundary } from './parts/boundary.tsx';
import { Trouble } from './parts/trouble.tsx';
import { BASE, body, Refused, rest } from './rest-client.ts';
import { useSession, WithSession } from './session.tsx';
import { WithStatus } from './status.tsx';
import { ApprovalsPage } from './pages/approvals.tsx';
import { AuditPage } from './pages/audit.tsx';
import { FleetPage } from './pages/fleet.tsx';
import { NewPage } from './pages/new.tsx';
import { OperationPage } from './pages/operation.tsx';
import { OrchestrationPage } from './pages/orchestration.tsx';
import { OrchestrationsPage } from './pages/orchestrations.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { QueuePage } from './pages/queue.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { StackPage, StacksPage } from './pages/stacks.tsx';

/** Pages that the frame leads to. */
const PAGES = [
  { href: '/', name: 'Fleet', Page: FleetPage },
  { href: '/orchestrations', name: 'Orchestrations', Page: OrchestrationsPage },
  { href: '/queue', name: 'Queue', Page: QueuePage },
  { href: '/approvals', name: 'Approvals', Page: ApprovalsPage },
  { href: '/policy', name: 'Policy', Page: PolicyPage },
  { href: '/stacks', name: 'Stacks', Page: StacksPage },
  { href: '/audit', name: 'Audit', Page: AuditPage },
  { href: '/new', name: 'New upgrade', Page: NewPage },
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
              <WithStatus>
                <Frame />
              </WithStatus>
            </LiveUpdates>
          </Router>
        </WithSession>
      </WithNow>
    </QueryClientProvider>
  );
}

function Frame(): ReactNode {
  useSlash();
  const [path] = useLocation();
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
        <Boundary key={path}>
          <Pages />
        </Boundary>
      </div>
    </>
  );
}

function Pages(): ReactNode {
  return (
    <Switch>
      {PAGES.map(({ href, Page }) => (
        <Route key={href} path={href}>
          <Page />
        </Route>
      ))}
      <Route path="/orchestrations/:id">{({ id }) => <OrchestrationPage key={id} id={id} />}</Route>
      <Route path="/orchestrations/:id/operations/:operationID">
        {({ id, operationID }) => <OperationPage id={id} operationID={operationID} />}
      </Route>
      <Route path="/stacks/:container/:user/:name">{(path) => <StackPage path={path} />}</Route>
      <Route path="/you">
        <SettingsPage />
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
  const leaving = useMutation({
    mutationFn: () => body(rest.POST('/auth/logout')),
    onSuccess: () => {
      queries.clear();
      location.assign(`${BASE}/ui`);
    },
  });
  return (
    <span className="who">
      <span>
        <Link href="/you">{name}</Link>{' '}
        <span className="quiet">{roles.includes('admin') ? 'may change' : 'may read'}</span>
      </span>
      <button type="button" disabled={leaving.isPending} onClick={() => leaving.mutate()}>
        Sign out
      </button>
      {leaving.error && <Trouble error={leaving.error} />}
    </span>
  );
}
