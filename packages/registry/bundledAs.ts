/** The bundle's build defines it. */
declare const BUNDLED_AS: string;

/** The npm package that runs, a bundle of this program (packages/stack); undefined where its sources run. */
export const bundledAs = typeof BUNDLED_AS === "undefined" ? undefined : BUNDLED_AS;
