import type { ReactNode } from 'react';
import { useSession } from '../session.tsx';

/** Leads to a workflow in Temporal's Web UI, where the service knows one. */
export function WorkflowLink({ workflowID }: { workflowID: string }): ReactNode {
  const { workflowsURL } = useSession();
  if (workflowsURL === null) return null;
  return (
    <p>
      <a href={`${workflowsURL}/${encodeURIComponent(workflowID)}`} target="_blank" rel="noreferrer">
        Its workflow in Temporal
      </a>
    </p>
  );
}
