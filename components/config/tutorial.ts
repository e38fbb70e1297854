/** The tags of everything in the tutorial. */
export const TUTORIAL_TAGS = [
    "spectro-cloud-education",
    "app:hello-universe",
    "terraform_managed:false",
];
