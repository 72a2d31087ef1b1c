import type { ReactNode } from 'react';
import { Away, Refused } from '../rest-client.ts';

/** Why something could not be read or done, in the words of the service. */
export function Trouble({ error }: { error: unknown }): ReactNode {
  if (error instanceof Refused) {
    return (
      <div className="trouble" role="alert">
        <p>{error.message}</p>
        {error.errors.length > 1 && (
          <ul>
            {error.errors.map(({ path, message }) => (
              <li key={path + message}>
                <code>{path}</code>: {message}
              </li>
            ))}
          </ul>
        )}
      </div>
    );
  }
  const words =
    error instanceof Away
      ? 'Drydock does not answer. What is under way goes on; this page asks again by itself.'
      : `Something went wrong in this page: ${error instanceof Error ? error.message : String(error)}`;
  return (
    <div className="trouble" role="alert">
      <p>{words}</p>
    </div>
  );
}
