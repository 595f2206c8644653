import type { LaunchTemplate, TemplateDetails, TemplateVersion } from '../../ec2-types';
import { type Action, tagSet } from '../action';
import type { XmlValue } from '../xml';
import { templateRef } from './template-ref';

const CREATED_BY = 'arn:aws:iam::123456789012:root';

export const describeLaunchTemplates: Action = {
  parameters: ['LaunchTemplateId', 'LaunchTemplateName'],
  run({ catalogue }, params) {
    const named = [
      ...params.texts('LaunchTemplateId').map((id) => catalogue.template({ id })),
      ...params.texts('LaunchTemplateName').map((name) => catalogue.template({ name })),
    ];
    return { launchTemplates: (named.length > 0 ? named : catalogue.launchTemplates).map(templateXml) };
  },
};

export const describeLaunchTemplateVersions: Action = {
  parameters: ['LaunchTemplateId', 'LaunchTemplateName', 'LaunchTemplateVersion'],
  run({ catalogue }, params) {
    const template = catalogue.template(templateRef(params));
    const wanted = params.texts('LaunchTemplateVersion');
    const versions =
      wanted.length > 0 ? wanted.map((version) => catalogue.templateVersion(template, version)) : template.versions;
    return { launchTemplateVersionSet: versions.map((version) => versionXml(template, version)) };
  },
};

function templateXml({ id, name, defaultVersion, versions }: LaunchTemplate): XmlValue {
  return {
    launchTemplateId: id,
    launchTemplateName: name,
    createTime: new Date(Math.min(...versions.map(({ createdAt }) => createdAt))),
    createdBy: CREATED_BY,
    defaultVersionNumber: defaultVersion,
    latestVersionNumber: Math.max(...versions.map(({ number }) => number)),
    tagSet: [],
  };
}

function versionXml(template: LaunchTemplate, version: TemplateVersion): XmlValue {
  const { imageId, instanceType, userData, instanceTags, details } = version;
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    versionNumber: version.number,
    createTime: new Date(version.createdAt),
    createdBy: CREATED_BY,
    defaultVersion: version.number === template.defaultVersion,
    launchTemplateData: {
      imageId,
      instanceType,
      userData,
      tagSpecificationSet: instanceTags && [{ resourceType: 'instance', tagSet: tagSet(instanceTags) }],
      ...detailsXml(details ?? { httpTokens: 'required' }),
    },
  };
}

function detailsXml(details: TemplateDetails): { readonly [element: string]: XmlValue } {
  const { httpTokens, hopLimit, instanceProfile, marketType, shutdownBehavior, encrypted } = details;
  const hasMetadata = httpTokens !== undefined || hopLimit !== undefined;
  return {
    iamInstanceProfile: instanceProfile === undefined ? undefined : { name: instanceProfile },
    instanceMarketOptions: marketType && { marketType },
    instanceInitiatedShutdownBehavior: shutdownBehavior,
    blockDeviceMappingSet: encrypted === undefined ? undefined : [diskXml(encrypted)],
    metadataOptions: hasMetadata ? { httpTokens, httpPutResponseHopLimit: hopLimit } : undefined,
  };
}

function diskXml(encrypted: boolean): XmlValue {
  return { deviceName: '/dev/xvda', ebs: { encrypted, deleteOnTermination: true, volumeSize: 20, volumeType: 'gp3' } };
}
