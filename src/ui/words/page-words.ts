/** Sentences of the API, which name its endpoints, in the words of the page. */
const ON_THE_PAGE: [endpoint: RegExp, words: string][] = [
  [/PUT \/orchestrations\/\{id\}\/resume/g, 'Resume'],
  [/PUT \/queue\/resume/g, 'Resume everything'],
  [/POST \/orchestrations\/\{id\}\/retry/g, 'Retry'],
  [/with POST \/orchestrations\/\{id\}\/approvals\/\d+/g, 'on the page Approvals'],
  [/with PUT \/maintenance-policy/g, 'on the page Policy'],
  [/its orchestration is being canceled/g, 'its orchestration is being stopped'],
  // As the command line shortens them: nobody reads the rest.
  [/\borchestration ([\da-f]{8})-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/g, 'orchestration $1'],
];

export function pageWords(message: string): string {
  return ON_THE_PAGE.reduce((text, [endpoint, words]) => text.replace(endpoint, words), message);
}
