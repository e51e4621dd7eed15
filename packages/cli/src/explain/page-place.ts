import { type Manifest, manifest } from '../version.js';

/** Where the rules' pages stand in the repository. */
export const pagesFolder = 'docs/rules';

/** The page of a rule: its address if the package says where its repository is, else its path there. */
export function pageOf(rule: string): string {
  return pageUrl(rule) ?? pagePath(rule);
}

/** The path of a rule's page in the repository. */
export function pagePath(rule: string): string {
  return `${pagesFolder}/${rule}.md`;
}

/** The address of a rule's page; undefined where the package names no repository on the web. */
export function pageUrl(
  rule: string,
  { repository, homepage }: Omit<Manifest, 'version'> = manifest(),
): string | undefined {
  const given = typeof repository === 'string' ? repository : repository?.url;
  // A homepage elsewhere is a site of its own, whose paths nobody knows.
  const onGithub = homepage?.startsWith('https://github.com/') ? homepage : undefined;
  const root = repositoryUrl(given ?? onGithub ?? '');
  return root && `${root}/blob/HEAD/${pagePath(rule)}`;
}

/** `git+https://host/owner/name.git`, `github:owner/name` and the like as `https://host/owner/name`. */
function repositoryUrl(given: string): string | undefined {
  const short = given.match(/^(?:github:)?([\w.-]+\/[\w.-]+)$/)?.[1];
  const url = short === undefined ? given : `https://github.com/${short}`;
  return url.match(/^(?:git\+)?(https:\/\/[^/]+\/[^/#?]+\/[^/#?]+?)(?:\.git)?(?:\/?[#?].*|\/)?$/)?.[1];
}
