/**
 * Everything that a preflight can find, with what to do. `problem`: something will not work. `warning`: it works, and less
 * well than it is configured. `unknown`: nobody could tell. docs/preflight.md is this table.
 */
export const PREFLIGHT = {
  // ------------------------------------------------------------------------------ launch template
  'template-missing': {
    severity: 'problem',
    meaning: 'EC2 does not know the launch template in this region and account',
    advice: 'Correct launch.template.id, or the region and role of the cluster.',
  },
  'template-version-missing': {
    severity: 'problem',
    meaning: 'the launch template has no version of that number',
    advice: 'Set launch.template.version to a number that `aws ec2 describe-launch-template-versions` lists.',
  },
  'template-without-image': {
    severity: 'problem',
    meaning: 'the version names no image, and a fleet does not give one',
    advice: 'Make a version with an ImageId and set launch.template.version to its number.',
  },
  'template-fixes-spot': {
    severity: 'problem',
    meaning: 'the version carries InstanceMarketOptions, which CreateFleet refuses',
    advice: 'Make a version without InstanceMarketOptions; launch.capacity says whether it is spot.',
  },
  'template-user-data-too-large': {
    severity: 'problem',
    meaning: 'the user data is larger than the 16 KB that EC2 takes before base64',
    advice: 'Make a version with shorter user data: put what is long into the image, or fetch it.',
  },
  'template-answers-imdsv1': {
    severity: 'warning',
    meaning: 'HttpTokens is not required: any request that a pod can be talked into reads the credentials of the node',
    advice: 'Make a version with MetadataOptions.HttpTokens: required.',
  },
  'template-metadata-reaches-pods': {
    severity: 'warning',
    meaning: 'the hop limit of instance metadata is not 1: pods can read the credentials of the node',
    advice: 'Make a version with MetadataOptions.HttpPutResponseHopLimit: 1, unless pods need instance metadata.',
  },
  'template-without-profile': {
    severity: 'warning',
    meaning: 'the version has no instance profile: the node cannot read its join token or pull from ECR',
    advice: 'Make a version with an IamInstanceProfile, unless the image brings all that a node needs.',
  },
  'template-stops-instead-of-terminates': {
    severity: 'warning',
    meaning: 'an instance that shuts itself down is stopped: it counts against max and its disk costs money',
    advice: 'Make a version with InstanceInitiatedShutdownBehavior: terminate.',
  },
  'template-volume-not-encrypted': {
    severity: 'warning',
    meaning: 'the version does not say that the volumes are encrypted',
    advice: 'Make a version with Ebs.Encrypted: true, unless the account encrypts by default.',
  },
  'image-missing': {
    severity: 'problem',
    meaning: 'EC2 does not know the image of the version, or nobody shares it with this account',
    advice: 'Make a version with an image of this region, or share the image with the account.',
  },
  // ------------------------------------------------------------------------------------- subnets
  'subnet-missing': {
    severity: 'problem',
    meaning: 'EC2 does not know the subnet in this region and account',
    advice: 'Correct the id under launch.subnets.',
  },
  'subnet-not-available': {
    severity: 'problem',
    meaning: 'the subnet is in a state in which it takes no instances',
    advice: 'Wait until it is available, or take another one.',
  },
  'subnet-in-another-zone': {
    severity: 'problem',
    meaning: 'the subnet is in another zone than the configuration says, and EC2 refuses the pair',
    advice: 'Correct the zone under launch.subnets to the one that the message names.',
  },
  'subnets-share-zone': {
    severity: 'problem',
    meaning: 'two subnets are in one zone, and a fleet takes one a zone',
    advice: 'Leave one of them out.',
  },
  'subnets-of-several-networks': {
    severity: 'problem',
    meaning: 'the subnets are in more than one VPC, and the security groups of the template in one',
    advice: 'Take subnets of one VPC.',
  },
  'addresses-below-min': {
    severity: 'problem',
    meaning: 'the subnets have too few free addresses for the minimum of the pool',
    advice: 'Add subnets or free addresses.',
  },
  'addresses-below-max': {
    severity: 'warning',
    meaning: 'the subnets have too few free addresses for the pool to grow to its maximum',
    advice: 'Add subnets, free addresses, or lower max.',
  },
  'subnet-full': {
    severity: 'warning',
    meaning: 'one subnet has no free address: nothing more is launched in its zone',
    advice: 'Free addresses there, or take a larger subnet of that zone.',
  },
  // --------------------------------------------------------------------------------------- types
  'type-missing': {
    severity: 'problem',
    meaning: 'EC2 does not know the instance type in this region',
    advice: 'Correct it or leave it out under launch.instanceTypes.',
  },
  'type-offered-nowhere': {
    severity: 'problem',
    meaning: 'the type is offered in no zone of the pool',
    advice: 'Leave it out, or add a subnet in one of the zones that have it.',
  },
  'type-not-offered-in-zone': {
    severity: 'warning',
    meaning: 'the type is offered in some zones of the pool and not in all',
    advice: 'Nothing, if the other types are enough for that zone.',
  },
  'zone-without-types': {
    severity: 'problem',
    meaning: 'none of the types is offered in that zone',
    advice: 'Add a type that the zone has, or leave its subnet out.',
  },
  'type-of-another-architecture': {
    severity: 'problem',
    meaning: 'the type has another processor architecture than the image, or than the other types',
    advice: 'Leave it out, or make a pool of its own for it with an image of its architecture.',
  },
  'type-too-small': {
    severity: 'problem',
    meaning: 'the type has less CPU or memory than node.allocatable says that a node offers',
    advice: 'Leave it out, or lower node.allocatable to what the smallest type offers.',
  },
  'type-without-capacity': {
    severity: 'problem',
    meaning: 'the type is not sold as the capacity of the pool, spot or on-demand',
    advice: 'Leave it out, or change launch.capacity.',
  },
  'spot-few-types': {
    severity: 'warning',
    meaning: 'a spot pool has fewer than five types: one shortage empties it',
    advice: 'Add types of the same size under launch.instanceTypes.',
  },
  'spot-few-zones': {
    severity: 'warning',
    meaning: 'a spot pool has a single zone: one shortage empties it',
    advice: 'Add a subnet of another zone.',
  },
  // ----------------------------------------------------------------------- permissions and quotas
  'launch-forbidden': {
    severity: 'problem',
    meaning: 'the role may not launch what the pool asks for',
    advice:
      'Allow ec2:CreateFleet, ec2:RunInstances, ec2:CreateTags and iam:PassRole of the instance profile to the role.',
  },
  'spot-role-missing': {
    severity: 'problem',
    meaning: 'the account lacks the service-linked role of spot, and this role may not make it',
    advice: 'Run once as an administrator: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com.',
  },
  'launch-refused': {
    severity: 'problem',
    meaning: 'EC2 refuses the launch of the pool for another reason, in its own words',
    advice: 'Correct what the message names in the launch template or the pool.',
  },
  'launch-short': {
    severity: 'warning',
    meaning: 'EC2 says that just now it could not launch for want of capacity, addresses or quota',
    advice: 'Wait, add types or zones, or ask AWS for a higher quota.',
  },
  'terminate-forbidden': {
    severity: 'problem',
    meaning: 'the role may not terminate an instance of the cluster: no node can be given back',
    advice: 'Allow ec2:TerminateInstances for instances with the tag smartscale:cluster to the role.',
  },
  'observe-forbidden': {
    severity: 'problem',
    meaning: 'the role may not see instances or what EC2 says of them: nothing can be decided',
    advice: 'Allow ec2:DescribeInstances, ec2:DescribeInstanceStatus and ec2:DescribeSpotInstanceRequests to the role.',
  },
  'quota-below-min': {
    severity: 'problem',
    meaning: 'the vCPU quota of the account is too low for the minimum of the pool',
    advice: 'Ask AWS for a higher quota (the message names its code), or take smaller types.',
  },
  'quota-below-max': {
    severity: 'warning',
    meaning: 'the vCPU quota of the account is too low for the pool to grow to its maximum',
    advice: 'Ask AWS for a higher quota (the message names its code), or lower max.',
  },
  'quota-below-base': {
    severity: 'warning',
    meaning: 'the on-demand vCPU quota of the account is too low for the on-demand base of a spot pool',
    advice: 'Ask AWS for a higher quota (the message names its code), or lower launch.onDemandBase.',
  },
  'quota-below-fallback': {
    severity: 'warning',
    meaning: 'the on-demand vCPU quota of the account is too low for all of a spot pool while there is no spot',
    advice: 'Ask AWS for a higher quota (the message names its code), or live with fewer nodes while there is no spot.',
  },
  'quota-below-all-pools': {
    severity: 'warning',
    meaning: 'the vCPU quota is enough for each pool of the cluster, and not for all at their maximum',
    advice: 'Ask AWS for a higher quota (the message names its code), or lower max of some pools.',
  },
  // ------------------------------------------------------------------------------ who is asked
  'ec2-unreachable': {
    severity: 'problem',
    meaning: 'EC2 does not answer: nothing of it could be checked',
    advice: 'Check the route to the endpoint, clusters.<name>.ec2 and the credentials.',
  },
  'kubernetes-unreachable': {
    severity: 'problem',
    meaning: 'the API server does not answer',
    advice: 'Check clusters.<name>.kubernetes, the certificate and the route.',
  },
  'kubernetes-forbidden': {
    severity: 'problem',
    meaning: 'the service account may not list nodes or pods',
    advice: 'Compare the ClusterRole of the webhook with k3s/rbac/, and the token with the API server.',
  },
  'k3s-too-old': {
    severity: 'warning',
    meaning: 'K3s before v1.29.3 overwrites the provider id, zone and type that a node says of itself',
    advice: 'Update the K3s servers; until then nodes are known by their name, which is the id of their instance.',
  },
  'alertmanager-unreachable': {
    severity: 'problem',
    meaning: 'an Alertmanager does not answer: without any only growing is possible',
    advice: 'Check clusters.<name>.alertmanager.',
  },
  'store-unusable': {
    severity: 'problem',
    meaning: 'the table does not answer, or is not as it must be: nothing can be accepted',
    advice: 'Deploy the table (cdktf deploy), or correct store; the message says more.',
  },
  'store-without-ttl': {
    severity: 'warning',
    meaning: 'the table does not expire old rows: they stay and cost money',
    advice: 'Run the command in the message, or deploy the table (cdktf deploy).',
  },
  'redis-unreachable': {
    severity: 'warning',
    meaning: 'Redis is configured and does not answer; nothing but speed is lost',
    advice: 'Check redis.url and the password.',
  },
  'not-checked': {
    severity: 'unknown',
    meaning: 'the role may not ask, or the answer did not come: nobody knows whether it is right',
    advice: 'Allow the permission that the message names, or run the check again.',
  },
} as const satisfies Record<string, { severity: 'problem' | 'warning' | 'unknown'; meaning: string; advice: string }>;

export type PreflightCode = keyof typeof PREFLIGHT;
export type Severity = (typeof PREFLIGHT)[PreflightCode]['severity'];
