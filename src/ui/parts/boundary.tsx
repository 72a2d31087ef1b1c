import { Component, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Trouble } from './trouble.tsx';

/** Keeps the frame where a page throws, with words and a way on; given another key it tries again. */
export class Boundary extends Component<{ children: ReactNode }, { error?: unknown; hasFailed: boolean }> {
  override state = { error: undefined, hasFailed: false };

  static getDerivedStateFromError(error: unknown) {
    return { error, hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <main className="page">
        <h1>This page has failed</h1>
        <Trouble error={this.state.error} />
        <p>
          Load it again, or go on elsewhere: <Link href="/queue">The queue</Link>,{' '}
          <Link href="/orchestrations">all orchestrations</Link>.
        </p>
      </main>
    );
  }
}
