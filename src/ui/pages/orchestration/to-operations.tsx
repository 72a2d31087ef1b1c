import type { ReactNode } from 'react';
import { Link } from 'wouter';

interface ToOperationsProps {
  id: string;
  /** Filters of the table. */
  by: Record<string, string>;
  className?: string;
  children: ReactNode;
}

/** Leads to those operations in the table below. */
export function ToOperations({ id, by, className, children }: ToOperationsProps): ReactNode {
  return (
    <Link
      href={`/orchestrations/${id}?${new URLSearchParams(by).toString()}`}
      className={className}
      // The page stays: the browser would not go there for a hash.
      onClick={() => document.getElementById('operations')?.scrollIntoView()}
    >
      {children}
    </Link>
  );
}
